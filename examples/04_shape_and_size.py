"""Which particle shape and size gives full use at a given rate, and what stress does it pay?

A sphere, a wire, a plate and a hollow sphere, each with the same volume of NMC811, are emptied
at constant current: how much of their lithium comes out before the surface is empty, and how
large does the tension get. Thin shapes may be larger; at equal use all pay the same tension,
because that at an emptied surface is what is left inside times E Omega/(3 (1 - nu)). Run it with
``python examples/04_shape_and_size.py``; the figure is written to
``results/04_shape_and_size.png``.
"""

# %% One material, with a source for each value
from pathlib import Path

from matplotlib.figure import Figure

from twin.models.description import Particle
from twin.particle import Fill, Material, constant_current

NMC811 = Material(
    name="NMC811",
    diffusivity_m2_per_s=4e-15,
    maximum_concentration_mol_per_m3=63104.0,
    window=(0.27, 0.91),
    partial_molar_volume_m3_per_mol=1.26e-6,
    youngs_modulus_Pa=140e9,
    poissons_ratio=0.25,
    source=(
        "diffusivity, concentration and window: LG M50, doi:10.1149/1945-7111/ab9050; volume: "
        "5.1 % between 3.0 and 4.3 V by X-ray diffraction, doi:10.1021/acs.jpcc.6b12885, over "
        "the window; modulus: nanoindentation of NMC532, doi:10.1149/2.1751713jes; Poisson's "
        "ratio: assumed, typical of oxides"
    ),
)

# %% Four shapes of equal volume, given by the radius of the sphere
# A wire ten times as long as it is wide: 20 pi r^3 = 4 pi R^3/3. A square plate ten times as
# wide as it is thick: 800 h^3 = 4 pi R^3/3. A hollow sphere whose cavity has half its radius:
# (7/8) r^3 = R^3. Ends of wires and rims of plates are left out of the transport. The
# diffusivity is a measured one, to which stress adds a few per cent at most: Fick's law.
SHAPES = {
    "sphere": (Particle(), 1.0),
    "wire": (Particle(shape="cylinder"), 15 ** (-1 / 3)),
    "plate": (Particle(shape="slab"), (3.14159 / 600) ** (1 / 3)),
    "hollow sphere": (Particle(core="hollow"), (8 / 7) ** (1 / 3)),
}
RADII_um = (0.1, 0.2, 0.5, 1.0, 2.0, 3.5, 5.0, 7.0, 10.0, 15.0, 20.0)
RATES = (0.5, 2.0, 10.0)
FULL_USE = 0.95
COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red")


def empty(shape: str, sphere_um: float, c_rate: float) -> Fill:
    """Return what a particle with the volume of a sphere does at a C-rate."""
    particle, scale = SHAPES[shape]
    radius = sphere_um * 1e-6 * scale
    inner = radius / 2 if particle.core == "hollow" else 0.0
    return constant_current(NMC811, particle, radius, c_rate, inner_radius_m=inner)


# %% Use and tension over size, at three rates
def main() -> None:
    """Empty every particle and draw what came out of it."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    panels = figure.subplots(2, len(RATES), sharex=True, sharey="row")
    for column, c_rate in enumerate(RATES):
        use, tension = panels[0][column], panels[1][column]
        for shape, colour in zip(SHAPES, COLOURS, strict=True):
            fills = [empty(shape, radius, c_rate) for radius in RADII_um]
            stress = [fill.peak_tensile_stress_Pa / 1e6 for fill in fills]
            use.semilogx(
                RADII_um, [100 * fill.utilisation for fill in fills], color=colour, label=shape
            )
            tension.loglog(RADII_um, stress, color=colour)
            good = [place for place, fill in enumerate(fills) if fill.utilisation >= FULL_USE]
            if good:
                print(
                    f"{c_rate:g}C, {shape}: {100 * FULL_USE:g} % use up to the volume of a sphere "
                    f"of {RADII_um[good[-1]]:g} um, with {stress[good[-1]]:.0f} MPa of tension"
                )
        use.axhline(100 * FULL_USE, color="grey", linewidth=0.8, linestyle=":")
        use.set_title(f"{c_rate:g}C")
        tension.set_xlabel("Radius of the sphere of equal volume [µm]")
    panels[0][0].set_ylabel("Use of the window [%]")
    panels[1][0].set_ylabel("Largest tensile stress [MPa]")
    panels[0][0].legend()
    path = Path("results") / "04_shape_and_size.png"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
