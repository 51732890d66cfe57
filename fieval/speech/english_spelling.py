"""British spelling → American, where both spell the same word: `colour`, `organised`, `travelling`, `cheque`.

Regular endings on listed stems, as `hour`, `exercise` and `controlled` are spelled one way only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

_OUR = (
    "arb ard arm behavi cand clam col demean discol disfav dishon endeav fav ferv flav glam harb hon hum lab "
    "misbehavi neighb od parl ranc rig rum sav savi splend succ tum unfav val vap vig watercol"
)
_OUR_ENDINGS = (
    "our ours oured ouring ourer ourers ourable ourably ourability ourful ourfully ourings ourist ourists ourite "
    "ourites ouritism ourless ourly ourhood ourhoods oural ourally oury ouries"
)
_ISE = (
    "acclimat actual aggrand agon alphabet amort anaesthet anesthet annual antagon apolog atom author automat bapt "
    "bastard brutal burglar cannibal capital caramel carbon categor cauter central character civil collateral colon "
    "commercial commodit compartmental computer conceptual container contextual critic crystall custom decarbon "
    "decentral demobil democrat demon deodor depersonal depriorit desensit destabil digit digital disorgan dollar "
    "dramat econom editorial empath emphas energ epitom equal evangel external familiar fantas fertil final formal "
    "fossil fratern galvan general glamor global harmon homogen hospital human hybrid hypnot hypothes ideal immobil "
    "immortal immun incentiv individual industrial initial institutional internal international item jeopard legal "
    "legitim liberal lion liquid local magnet marginal material maxim mechan memor mesmer metabol militar mineral "
    "miniatur minim mobil modern modular moistur monet monopol moral motor national natural neutral normal notar "
    "operational optim organ ostrac overemphas oxid parametr particular pasteur patron penal personal philosoph "
    "plagiar plural polar polit popular pressur priorit privat product professional proselyt public pulver radical "
    "random rational real recapital recategor recogn regional regular reorgan repriorit revital revolution robot "
    "romantic sanit satir scrutin secular secur securit sensational sensit serial sermon sexual signal social special "
    "stabil standard steril stigmat strateg styl subsid summar symbol sympath synchron synerg synthes system systemat "
    "tantal tempor territorial terror theor token traumat trivial tyrann unauthor underutil union unreal unrecogn "
    "urban util vandal vapor verbal victim virtual visual vital vocal volatil weapon western winter ion deion"
)
_ISE_ENDINGS = "ise ised ises ising iser isers isation isations isational isable"
_YSE = "anal catal dial electrol hydrol paral overanal reanal"
_YSE_ENDINGS = "yse ysed ysing yser ysers"
_LL = (
    "barrel bevel cancel carol channel chisel counsel dial dishevel enamel equal fuel funnel grovel initial jewel "
    "label laurel level libel marshal marvel medal model panel pedal pencil quarrel refuel relabel remodel rival "
    "shovel shrivel signal snivel spiral stencil swivel tinsel total towel travel tunnel unravel yodel"
)
_LL_ENDINGS = "led ling lings ler lers list lists lor lors lous lously lable"
_RE = (
    "cent epicent met centimet kilomet millimet lit millilit kilolit theat amphitheat fib sab somb spect lust calib "
    "meag och"
)

# Stems, British endings, and what these begin with in either spelling.
_FAMILIES = (
    (_OUR, _OUR_ENDINGS, "our", "or"),
    (_ISE, _ISE_ENDINGS, "is", "iz"),
    (_YSE, _YSE_ENDINGS, "ys", "yz"),
    (_LL, _LL_ENDINGS, "l", ""),
    (_RE, "re", "re", "er"),
    (_RE, "res", "res", "ers"),
)

# One spelling for another, wherever a word begins so.
_BEGINNINGS = (
    "aluminium:aluminum anaem:anem anaesth:anesth catalogu:catalog diarrhoea:diarrhea encyclopaed:encycloped "
    "enquir:inquir fibre:fiber foet:fet gynaec:gynec haem:hem leukaem:leukem manoeuvr:maneuver mould:mold "
    "oesoph:esoph oestr:estr orthopaed:orthoped paed:ped plough:plow sceptic:skeptic sulph:sulf"
)
_WORDS = """
    abridgement:abridgment acknowledgement:acknowledgment acknowledgements:acknowledgments adviser:advisor
    advisers:advisors ageing:aging analogue:analog analogues:analogs appal:appall artefact:artifact artefacts:artifacts
    axe:ax benefitted:benefited benefitting:benefiting biassed:biased budgetted:budgeted burnt:burned
    caesarean:cesarean catalogue:catalog catalogues:catalogs centred:centered centring:centering cheque:check
    cheques:checks chequebook:checkbook cosy:cozy defence:defense defences:defenses defenceless:defenseless
    dialogue:dialog dialogues:dialogs disc:disk discs:disks distil:distill distils:distills doughnut:donut
    doughnuts:donuts draught:draft draughts:drafts draughty:drafty dreamt:dreamed enrol:enroll enrols:enrolls
    enrolment:enrollment enrolments:enrollments focussed:focused focusses:focuses focussing:focusing
    fulfil:fulfill fulfils:fulfills fulfilment:fulfillment fulfilments:fulfillments furore:furor gaol:jail grey:gray
    greyed:grayed greyer:grayer greying:graying greys:grays instal:install instalment:installment
    instalments:installments instil:instill instils:instills jewellery:jewelry judgement:judgment judgements:judgments
    judgemental:judgmental kerb:curb kerbs:curbs leant:leaned learnt:learned licence:license licenced:licensed
    licences:licenses licencing:licensing likeable:likable liveable:livable loveable:lovable manoeuvre:maneuver
    manoeuvred:maneuvered manoeuvres:maneuvers moustache:mustache moveable:movable offence:offense offences:offenses
    omelette:omelet practise:practice practised:practiced practises:practices practising:practicing pretence:pretense
    pretences:pretenses programme:program programmes:programs pyjamas:pajamas saleable:salable shakeable:shakable
    sizeable:sizable skilful:skillful skilfully:skillfully spelt:spelled spilt:spilled spoilt:spoiled storey:story
    storeys:stories targetted:targeted targetting:targeting tyre:tire tyres:tires unmistakeable:unmistakable
    whisky:whiskey wilful:willful wilfully:willfully woollen:woolen yoghurt:yogurt yoghurts:yogurts
"""


@cache
def _american_words() -> dict[str, str]:
    """Whole words in British spelling and their American one."""
    return dict(_regular()) | dict(pair.split(":") for pair in _WORDS.split())


def american(word: str) -> str:
    """The American spelling of a lower-case word."""
    word = _american_words().get(word, word)
    if word.startswith(_BRITISH_BEGINNINGS):
        beginning = next(each for each in _BRITISH_BEGINNINGS if word.startswith(each))
        return _AMERICAN_BEGINNINGS[beginning] + word[len(beginning) :]
    return word


_AMERICAN_BEGINNINGS = dict(pair.split(":") for pair in _BEGINNINGS.split())
_BRITISH_BEGINNINGS = tuple(_AMERICAN_BEGINNINGS)


def _regular() -> Iterator[tuple[str, str]]:
    for stems, endings, british, ours in _FAMILIES:
        for stem in stems.split():
            for ending in endings.split():
                yield stem + ending, stem + ours + ending.removeprefix(british)
