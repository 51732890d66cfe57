"""What `specifics` has to know of English."""

from __future__ import annotations

from fieval.speech.vocabulary import Vocabulary, action, forms, in_order, pattern, word_set

_ROLES = (
    "account address administrator advisor agent app bank billing branch broadband bot call caller care case center "
    "centre chat claim claims client collections company complaint complaints contact contract csr customer customers "
    "department desk dispute email engineering executive finance fraud help helpdesk insurance internet invoice issue "
    "line live loyalty manager management member mobile network operations operator order outcome plan policy portal "
    "premium product rep representative resolution retention retentions returns router sales service services "
    "specialist specialists status store subscriber subscription summary supervisor support system team tech technical "
    "technician ticket tier user voicemail warranty web website"
)
_ORDINARY_ENGLISH = word_set(
    f"{_ROLES} additionally after afterwards also although because before both but christmas dr during easter english "
    "finally following god he her his however if in internet it its later meanwhile miss mr mrs ms next no once she "
    "sir ma'am madam since so spanish thanks that the their then there they this though to today tomorrow until "
    "when while with yes you your"
)

_MONEY_CREDIT = r"credit(?:s|ed|ing)?\b(?! (?:card|cards|score|check|report|limit|history|rating|union|agency|line))"

ENGLISH = Vocabulary(
    weekdays=forms(
        (
            "monday mon mondays",
            "tuesday tue tues tuesdays",
            "wednesday wed wednesdays",
            "thursday thu thur thurs thursdays",
            "friday fri fridays",
            "saturday sat saturdays",
            "sunday sun sundays",
        )
    ),
    months=in_order("january february march april may june july august september october november december")
    | in_order("jan feb mar apr may jun jul aug sep oct nov dec")
    | {"sept": 9},
    short_dates=word_set(
        "mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec"
    ),
    doubtful_months=frozenset({"may", "march"}),
    relative_days=pattern("tomorrow", "yesterday", "day after"),
    relative_months=pattern(r"(?:next|last|this|following|previous|coming) month"),
    actions=(
        action(
            r"refund(?:s|ed|ing)?|reimburse(?:d|s|ment|ments)?",
            rf"refund|reimburs|money back|pa(?:y|id) (?:\w+ )?back|give\w* (?:\w+ ){{0,3}}back|{_MONEY_CREDIT}|"
            r"return (?:\w+ ){0,3}(?:money|payment|dollars|pounds|euros)|chargeback|reverse",
        ),
        action(
            _MONEY_CREDIT,
            rf"{_MONEY_CREDIT}|refund|reimburs|discount|deduct|money back|waive|goodwill|rebate|knock|"
            r"off (?:of )?(?:the|your|my|next) |take (?:\w+ ){0,3}off",
        ),
        action(r"vouchers?|coupons?|gift cards?", r"voucher|coupon|gift|promo|code|certificate|token"),
        action(
            r"waive[ds]?|waiving|waivers?",
            r"waiv|free of charge|no charge|(?:won't|will not|not) (?:be )?charg|without (?:a )?(?:fee|charge)|no fee|"
            r"(?:remov|drop|cancel|tak|forgiv|refund|lift|skip|revers)\w* (?:\w+ ){0,3}(?:fee|charge|cost|penalty|off)",
        ),
        action(
            r"transfer(?:s|red|ring)?",
            r"transfer|through to|(?:put|get|patch)\w* (?:\w+ ){1,3}through|connect|(?:pass|hand|switch|mov|send|wir|"
            r"forward|redirect|rout)\w* (?:\w+ ){0,4}(?:to|over|across)|speak (?:to|with) (?:a|the|our|my)",
        ),
        action(
            r"replacements?|replaced",
            r"replac|new|swap|exchang|another|resend|switch|different one|"
            r"(?:send|ship)\w* (?:\w+ ){0,2}(?:one\b|it out)",
        ),
        action(
            r"engineers?(?! (?:manager|role|job))|technicians?",
            r"engineer|technician|tech\b|someone (?:\w+ ){0,3}(?:out|over|round|by)|somebody (?:\w+ ){0,3}(?:out|over|"
            r"round|by)|visit(?! (?:our|the|us|www))|repair|installer|specialist|electrician|mechanic",
        ),
        action(
            r"escalat(?:e|es|ed|ing|ion|ions)",
            r"escalat|supervisor|manager|higher (?:up|level)|senior|second (?:line|level)|tier|level (?:2|two)|"
            r"specialist|back office|head office|complaint|"
            r"(?:pass|rais|flag|refer)\w* (?:\w+ ){0,4}(?:to|on|up|with)",
        ),
        action(
            r"compensat(?:e|es|ed|ing|ion)",
            rf"compensat|refund|{_MONEY_CREDIT}|voucher|goodwill|discount|reimburs|money back|"
            r"make (?:it|this|that) (?:up|right)|free (?:month|week|year|of charge)",
        ),
        action(
            r"call(?:ed|s|ing)?[- ]backs?|callbacks?|returned (?:the |a )?call",
            r"call(?:ing|ed|s)?[- ](?:\w+ ){0,3}(?:back|later|tomorrow|again|you|him|her|them)|"
            r"callback|hear from|in touch|follow|"
            r"(?:ring|phone|contact|reach|get) (?:\w+ )?(?:back|you|her|him|them|out)",
        ),
    ),
    negations=pattern(
        r"no\b",
        r"not\b",
        r"never\b",
        r"without\b",
        r"cannot\b",
        r"\w+n['’]t\b",
        r"declin",
        r"refus",
        r"den(?:y|ied)",
        r"unable",
        r"instead of",
        r"rather than",
        r"neither",
        r"nor\b",
        r"avoid",
        r"reject",
        r"non-",
    ),
    approximations=word_set("about around approximately roughly nearly almost over under some approx circa"),
    counted=word_set(
        "agents areas attempts calls complaints concerns contacts different departments emails occasions "
        "issues items key main major matters messages options other parties people points problems questions "
        "reasons requests separate similar steps solutions specific things tickets times topics unrelated "
        "ways"
    ),
    ordinary=_ORDINARY_ENGLISH,
    not_numbers=word_set("zero one first second third hundred thousand million billion grand k oh o"),
    implied={
        "half": ("0.5", "30", "50"),
        "quarter": ("0.25", "3", "15", "25", "45"),
        "dozen": ("12",),
        "couple": ("2",),
        "both": ("2",),
        "pair": ("2",),
        "twice": ("2",),
        "double": ("2",),
        "triple": ("3",),
        "fortnight": ("2", "14"),
        "week": ("7",),
        "weekly": ("7",),
        "weeks": ("7",),
        "month": ("30", "4"),
        "year": ("12", "365"),
        "annual": ("12",),
        "yearly": ("12",),
        "day": ("24",),
        "hour": ("60",),
        "minute": ("60",),
        "noon": ("12",),
        "midday": ("12",),
        "midnight": ("12", "24"),
        "fully": ("100",),
        "full": ("100",),
    },
    halves=frozenset({"half"}),
    multiples={"weeks": 7, "years": 12, "days": 24, "hours": 60, "dozen": 12},
    number_words=True,
)
