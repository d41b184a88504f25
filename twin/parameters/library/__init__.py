"""Where sets are found, and how they are packed, taken up, cited and begun."""
