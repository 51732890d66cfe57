"""What `specifics` has to know of Spanish."""

from __future__ import annotations

from fieval.speech.vocabulary import Vocabulary, action, forms, in_order, pattern, word_set

SPANISH = Vocabulary(
    weekdays=forms(
        ("lunes", "martes", "miércoles miercoles", "jueves", "viernes", "sábado sabado sábados", "domingo domingos")
    ),
    months=in_order("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
    | {"setiembre": 9},
    relative_days=pattern("mañana", "ayer", "pasado mañana", "anteayer"),
    relative_months=pattern(r"(?:próximo|este|pasado|siguiente|anterior) mes", r"mes (?:que viene|pasado|próximo)"),
    actions=(
        action(
            r"reembols(?:o|os|ó|ado|ada|ar|ará|aron)|reintegr(?:o|os|ó|ado|ar)",
            r"reembols|reintegr|devol|devuel|dinero|abon|crédito",
        ),
        action(r"cup[oó]n(?:es)?", r"cup[oó]n|vale\b|código|bono|regalo|promoci"),
        action(
            r"reemplaz(?:o|os|ó|ado|ada|ar|ará)|sustituci[oó]n|sustituid[oa]|sustituyó",
            r"reemplaz|sustitu|cambi|nuev|otr[oa]|env[ií]",
        ),
        action(
            r"(?:un|una|el|la|del|al|los) (?:técnic[oa]s?|ingenier[oa]s?)",
            r"técnic|ingenier|alguien|visita|repara|operario|instalador",
        ),
        action(
            r"escal(?:ó|ado|ada|ar|ará|ación|amiento)",
            r"escal|supervisor|gerente|encargad|superior|responsable|especialista|(?:pas|elev|remit|deriv)\w+",
        ),
        action(
            r"compensaci[oó]n(?:es)?|compens(?:ó|ado|ar|ará)|indemnizaci[oó]n",
            r"compens|indemniz|reembols|crédito|abon|descuento|dinero|gratis|euro|dólar|peso|[$€]",
        ),
    ),
    negations=pattern(r"no\b", r"sin\b", r"nunca\b", r"ni\b", r"rechaz", r"neg(?:ó|aron|ado)", r"tampoco", r"en vez"),
    approximations=word_set("unos unas casi aproximadamente cerca alrededor sobre"),
    counted=word_set(
        "asuntos cosas formas llamadas motivos ocasiones opciones pasos preguntas problemas puntos temas veces"
    ),
    ordinary=word_set(
        "agente asesor asesora cliente clienta usuario usuaria señor señora señorita sr sra srta don doña "
        "soporte servicio atención departamento facturación internet ventas técnico centro el la los las un "
        "una dios"
    ),
    not_numbers=word_set("cero un uno una primero primer primera mil"),
    implied={
        "media": ("0.5", "30"),
        "medio": ("0.5", "50"),
        "mitad": ("0.5", "50"),
        "cuarto": ("15", "45", "0.25"),
        "docena": ("12",),
        "par": ("2",),
        "ambos": ("2",),
        "ambas": ("2",),
        "quincena": ("15", "14"),
        "semana": ("7",),
        "mes": ("30",),
        "año": ("12", "365"),
        "anual": ("12",),
        "día": ("24",),
        "hora": ("60",),
        "mediodía": ("12",),
        "medianoche": ("12",),
    },
    halves=frozenset({"media", "medio"}),
    multiples={"semanas": 7, "años": 12, "días": 24, "horas": 60, "docenas": 12},
    number_words=True,
)
