"""How operators word one work: each village writes in its own manner, and no two clerks abbreviate alike."""

from dataclasses import dataclass
from random import Random

from app.demonstration.works import Work

_VERBS = {
    "build": ("Pembangunan", "Pembangunan", "Pemb.", "Pembuatan", "Pbgn"),
    "rehab": ("Rehabilitasi", "Peningkatan", "Rehab", "Perbaikan", "Pngktn"),
    "care": ("Pemeliharaan", "Pemeliharaan", "Pemel.", "Perawatan", "Pml."),
}
_ACTS = ("rehab", "bedah", "bantuan", "pugar", "normalisasi", "pengerukan", "pemasangan", "pengerasan")
_SHORT = (
    ("jalan", "jl."),
    ("jalan", "jln"),
    ("lingkungan", "lingk."),
    ("saluran", "sal."),
    ("jembatan", "jbt."),
    ("Dusun", "Dsn."),
    ("beton", "btn"),
    ("gedung", "gdg"),
)
_LONG = (
    ("jaling", "jalan lingkungan"),
    ("jaldes", "jalan desa"),
    ("jln ", "jalan "),
    ("jl. ", "jalan "),
    ("TPT", "tembok penahan tanah"),
)


@dataclass(frozen=True, slots=True)
class Manner:
    """One clerk's habits: how much is abbreviated (0 to 1), case, form of RT/RW, dusun and size, order of words."""

    short: float
    case: str
    rt: str
    dusun: str
    size: str
    order: str
    typos: float
    says_rt: float
    says_size: float


def draw_manner(rng: Random, typos: float = 0.05) -> Manner:
    return Manner(
        rng.choice((0, 0, 0.25, 0.5, 0.9)),
        rng.choices(("as it is", "upper", "title", "lower"), (50, 22, 22, 6))[0],
        rng.choice(
            (
                "RT {rt:02d} RW {rw:02d}",
                "RT.{rt:02d}/{rw:02d}",
                "RT {rt:02d}/RW {rw:02d}",
                "Rt {rt:03d} Rw {rw:03d}",
                "RT. {rt} RW. {rw}",
                "RT {rt} RW {rw}",
                "RT{rt:02d} RW{rw:02d}",
            )
        ),
        rng.choice(("Dusun {}", "Dusun {}", "Dsn. {}", "Dsn {}", "di Dusun {}")),
        rng.choice(
            (
                "(P {p} x L {l} m)",
                "P {p} x L {l} m",
                "vol. {p} m'",
                "{p} x {l} m",
                "panjang {p} m",
                "Pjg {p} m Lbr {l} m",
            )
        ),
        rng.choice(
            (
                "verb thing street rt dusun size",
                "verb thing street dusun rt size",
                "verb thing dusun rt street size",
                "thing street rt dusun size",
                "verb thing rt dusun size street",
            )
        ),
        typos,
        rng.choice((0.95, 0.85, 0.6)),
        rng.choice((0.7, 0.3, 0.1)),
    )


def name(work: Work, manner: Manner, rng: Random) -> str:
    """The work's name as this clerk would type it; a `careful` work always says where in the dusun it is."""
    thing = rng.choice(work.thing.wordings[:3] if manner.short < 0.3 else work.thing.wordings)
    dusun = manner.dusun if work.ground.desa else manner.dusun.replace("Dusun", "Lingkungan").replace("Dsn", "Lingk")
    says_rt = work.careful or rng.random() < manner.says_rt
    parts = {
        "verb": _verb(work, thing, manner, rng),
        "thing": thing,
        "street": work.street or "",
        "rt": manner.rt.format(rt=work.rt.rt, rw=work.rt.rw) if says_rt else "",
        "dusun": dusun.format(work.rt.dusun) if not says_rt or rng.random() < 0.85 else "",
        "size": _size(work, manner) if rng.random() < manner.says_size else "",
    }
    # who leaves the verb out means building; what is mended says so
    order = manner.order if work.verb == "build" or "verb" in manner.order else f"verb {manner.order}"
    words = [parts[part] for part in order.split() if parts[part]]
    words += [word for word in (work.piece, work.side) if word]
    if work.phase.startswith("lanj"):
        words.insert(0, work.phase.capitalize())
    elif work.phase:
        words.append(work.phase.capitalize() if manner.case == "as it is" else work.phase)
    text = " ".join(words)
    for long, short in _SHORT:
        if rng.random() < manner.short * 0.6:
            text = text.replace(long, short, 1)
    if work.note:
        text += f" {work.note}"
    if rng.random() < manner.typos:
        text = mistyped(text, rng)
    return _cased(text, manner.case)


def place(work: Work, manner: Manner, rng: Random) -> str:
    """The cell `lokasi` of the same record."""
    dusun = f"{'Dusun' if work.ground.desa else 'Lingkungan'} {work.rt.dusun}"
    if rng.random() < 0.5:
        dusun = dusun.replace("Dusun", "Dsn.").replace("Lingkungan", "Lingk.")
    return f"{dusun} {manner.rt.format(rt=work.rt.rt, rw=work.rt.rw)}" if rng.random() < 0.5 else dusun


def reworded(text: str, rng: Random) -> str:
    """The same name as another clerk copied it: an abbreviation opened or closed, or a letter lost."""
    for short, long in rng.sample(_LONG, len(_LONG)):
        if short in text:
            text = text.replace(short, long, 1)
            break
    for long, short in rng.sample(_SHORT, 3):
        text = text.replace(long, short, 1)
    return mistyped(text, rng) if rng.random() < 0.4 else text


def mistyped(text: str, rng: Random) -> str:
    """One letter lost, doubled or swapped in a longer word; numbers are never touched."""
    words = text.split(" ")
    long = [k for k, word in enumerate(words) if len(word) > 5 and word.isalpha() and word.lower() != "contoh"]
    if not long:
        return text
    k = rng.choice(long)
    word, at = words[k], rng.randint(1, len(words[k]) - 2)
    words[k] = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words)


def _verb(work: Work, thing: str, manner: Manner, rng: Random) -> str:
    """A verb, unless the thing's wording is one already (`bedah rumah`, `normalisasi sungai`)."""
    if thing.split(" ")[0] in _ACTS and work.verb != "care":
        return ""
    return rng.choice(_VERBS[work.verb][:3] if manner.short < 0.3 else _VERBS[work.verb])


def _size(work: Work, manner: Manner) -> str:
    if work.width_m is None or not work.volume:
        return f"{work.volume:.0f} m" if work.thing.unit == "m" and work.volume else ""
    return manner.size.format(p=_number(work.volume), l=_number(work.width_m))


def _number(x: float) -> str:
    return f"{x:.0f}" if x == int(x) else f"{x:.1f}".replace(".", ",")


def _cased(text: str, case: str) -> str:
    match case:
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
        case "title":
            return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    return text[:1].upper() + text[1:]
