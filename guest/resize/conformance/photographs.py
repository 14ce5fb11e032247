"""Photographs to measure with, of packages of Debian 12: `install.sh photographs` fetches those.

They are large enough to be made smaller, which takes away most of what their own JPEG did to them.
Nothing of them is kept in the project.
"""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".tools/photographs/files/usr/share"
# All photographs of these packages but for those without detail; paintings and drawings are left out.
NAMES = {
    "backgrounds": """Bridge_by_Sander_Klootwijk.jpg Dragonfly_by_Bolly.jpg Picture_0B_by_freespace.jpg
        Picture_1A_by_freespace.jpg Wine_by_Jakkub_Mede.jpg aitzgorri_by_Aitzol_Berasategi.jpg
        free_by_Peter_Nerlich.jpg friends_by_Aitzol_Berasategi.jpg greentock_by_Peter_Nerlich.jpg
        life_by_Aitzol_Berasategi.jpg picosdeeuropa_by_Aitzol_Berasategi.jpg
        seeding_by_Clements_Engelhardt.jpg sunset_by_Aitzol_Berasategi.jpg Kleiber_by_Lukas_Baubkus.jpg""",
    "backgrounds/mate/nature": """Aqua.jpg Blinds.jpg Dune.jpg Garden.jpg GreenMeadow.jpg LadyBird.jpg
        RainDrops.jpg Storm.jpg TwoWings.jpg Wood.jpg YellowFlower.jpg""",
    "lxqt/wallpapers": """Valendas.png after-the-rain.jpg appleflower.png beam.png butterfly.png cloud.png
        drop.png flowers.png fog.jpg this-is-not-windows.jpg""",
    "wallpapers": "BytheWater ColdRipple ColorfulCups DarkestHour EveningGlow FallenLeaf Grey Kite OneStandsOut Path summer_1am",
}


def paths():
    """The photographs' files, in the order of their names."""
    found = []
    for folder, names in NAMES.items():
        inside = "contents/images/2560x1600.jpg" if folder == "wallpapers" else ""
        found += [(Path(name).stem.split("_by_")[0], FOLDER / folder / name / inside) for name in names.split()]
    return sorted(found, key=lambda one: one[0].lower())


def make(folder, width, every=1):
    """Writes every such one as a PNG of `width` pixels, if it is larger; {name: path}."""
    made = {}
    for name, path in paths()[::every]:
        with Image.open(path) as picture:
            if picture.width <= width:
                continue
            size = (width, round(picture.height * width / picture.width))
            made[name] = folder / f"{name}.png"
            if not made[name].exists():
                folder.mkdir(parents=True, exist_ok=True)
                picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(made[name], compress_level=1)
    return made
