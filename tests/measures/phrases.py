"""Sentences, labels and headlines that changes put on pages, by language. Written for this measure."""

ENGLISH = {
    "sentences": [
        "The council had asked for a second opinion in the spring, but nobody answered the letter.",
        "Engineers who looked at the bridge said that it would have to be closed before the winter.",
        "Several of the volunteers left the group after the meeting and founded one of their own.",
        "The ferry company refused to say how many of its boats are still in service.",
        "Nobody at the ministry wanted to comment on the delay when reporters called.",
        "A farmer from the next valley said that the harvest had been the poorest in memory.",
        "The museum will keep the paintings in its cellar until the roof has been repaired.",
        "Those who had signed the petition were told to wait until the new mayor takes office.",
    ],
    "correction": "Correction: An earlier version of this text gave a wrong account of the events.",
    "link": "The commission's report of 14 March says that 212 workers were owed wages for the winter.",
    "other_link": "The commission's report of 14 March says that no workers were owed wages for the winter.",
    "headlines": [
        "Ferry to the northern islands runs again after repairs",
        "Why beekeepers are worried about the warm winter",
        "Five recipes with leeks for cold evenings",
        "Old cinema in the harbour finds a new owner",
        "Chess champion loses to a pupil of eleven",
        "What to know before buying a used bicycle",
        "Lighthouse keeper retires after forty years",
        "Street musicians ask for a place of their own",
        "Snow closes three mountain passes overnight",
        "Library lends out tools and sewing machines",
    ],
    "summaries": [
        "The boats had been in the yard since autumn, and the islanders had to go by the long way round.",
        "Mild weeks wake the colonies too early, and there is nothing yet that they could feed on.",
        "They need little time and a single pan, and most of what is in them keeps for weeks.",
        "The house had stood empty for nine years; now a family from the quarter wants to show films again.",
        "The game took less than an hour, and the girl had to be at school the next morning.",
        "The chain, the brakes and the number on the frame tell most of what a buyer has to know.",
        "He lit the lamp for the first time as a young man and never wished to do anything else.",
        "Shopkeepers complain about the noise, but visitors stay longer where somebody plays.",
    ],
    "words": ["Harbour", "Weather", "Gardens", "Letters", "Puzzles", "Radio", "Archive", "Jobs", "Outdoors", "Chess"],
    "most_read": "Most read",
    "related": "More stories",
    "advert": ("Advertisement", "Shoes for wet days, now with free delivery"),
    "cookies": (
        "We value your privacy",
        "We and our partners store cookies on your device to measure visits and to show advertising that suits you. "
        "You can change your choice at any time.",
        "Accept all",
        "Manage settings",
    ),
    "newsletter": ("Get our newsletter", "The best stories of the week in your inbox, every Friday.", "Sign up"),
    "comments": "Comments",
    "comment": "I was there last summer and remember it quite differently, my neighbour says the same.",
    "counters": ("{} views", "{} comments", "{} hours ago", "{} shares"),
    "footer": "© {} Harbour Press. All rights reserved. {}",
}

# What a language lacks is left out on pages in it: the change is counted as not possible there.
LANGUAGES = {
    "en": ENGLISH,
    "zh": {
        "sentences": [
            "市议会春天曾请人再作一次鉴定，但那封信一直没有人回复。",
            "看过那座桥的工程师说，入冬以前必须把它封闭。",
            "几名志愿者会后离开了小组，另外成立了自己的团体。",
        ],
        "correction": "更正：本文较早的版本对事情经过的叙述有误，编辑部谨此致歉。",
    },
    "ja": {
        "sentences": [
            "市議会は春に再度の鑑定を求めたが、その手紙に返事をした者はいなかった。",
            "橋を調べた技術者たちは、冬になる前に通行止めにする必要があると述べた。",
            "数人のボランティアは会合のあとで会を離れ、自分たちの団体をつくった。",
        ],
        "correction": "訂正：この記事の以前の版には出来事の経緯について誤りがありました。お詫びして訂正します。",
    },
    "ko": {
        "sentences": [
            "시의회는 봄에 다시 한번 감정을 요청했지만 그 편지에 답한 사람은 없었다.",
            "다리를 살펴본 기술자들은 겨울이 오기 전에 통행을 막아야 한다고 말했다.",
            "자원봉사자 몇 명은 모임이 끝난 뒤 단체를 떠나 새로운 모임을 만들었다.",
        ],
        "correction": "정정: 이 기사의 이전 판은 사건의 경위를 잘못 전했습니다. 독자 여러분께 사과드립니다.",
    },
    "ru": {
        "sentences": [
            "Городской совет весной попросил о повторной экспертизе, но на письмо никто не ответил.",
            "Инженеры, осмотревшие мост, сказали, что его придётся закрыть до наступления зимы.",
            "Несколько добровольцев после собрания ушли из группы и основали собственную.",
        ],
        "correction": "Исправление: в прежней версии этого текста ход событий был изложен неверно; редакция приносит извинения.",
    },
    "de": {
        "sentences": [
            "Der Rat hatte im Frühjahr um ein zweites Gutachten gebeten, doch niemand antwortete auf den Brief.",
            "Ingenieure, die sich die Brücke ansahen, sagten, sie müsse noch vor dem Winter gesperrt werden.",
            "Einige der Freiwilligen verließen nach der Sitzung die Gruppe und gründeten eine eigene.",
        ],
        "correction": "Korrektur: Eine frühere Fassung dieses Textes gab die Ereignisse falsch wieder; wir bitten um Entschuldigung.",
    },
    "fr": {
        "sentences": [
            "Le conseil avait demandé un second avis au printemps, mais personne n'a répondu à la lettre.",
            "Les ingénieurs qui ont examiné le pont ont dit qu'il faudrait le fermer avant l'hiver.",
            "Plusieurs bénévoles ont quitté le groupe après la réunion et en ont fondé un autre.",
        ],
        "correction": "Rectificatif : une version antérieure de ce texte rapportait mal les faits ; nous prions nos lecteurs de nous excuser.",
    },
    "it": {
        "sentences": [
            "Il consiglio aveva chiesto un secondo parere in primavera, ma nessuno rispose alla lettera.",
            "Gli ingegneri che hanno esaminato il ponte hanno detto che andrà chiuso prima dell'inverno.",
            "Alcuni volontari hanno lasciato il gruppo dopo la riunione e ne hanno fondato un altro.",
        ],
        "correction": "Correzione: una versione precedente di questo testo riferiva i fatti in modo sbagliato; ce ne scusiamo con i lettori.",
    },
    "pt": {
        "sentences": [
            "O conselho tinha pedido um segundo parecer na primavera, mas ninguém respondeu à carta.",
            "Os engenheiros que examinaram a ponte disseram que ela terá de ser fechada antes do inverno.",
            "Alguns voluntários deixaram o grupo depois da reunião e fundaram outro.",
        ],
        "correction": "Correção: uma versão anterior deste texto relatava mal os fatos; pedimos desculpas aos leitores.",
    },
    "es": {
        "sentences": [
            "El consejo había pedido una segunda opinión en primavera, pero nadie respondió a la carta.",
            "Los ingenieros que examinaron el puente dijeron que habrá que cerrarlo antes del invierno.",
            "Varios voluntarios dejaron el grupo después de la reunión y fundaron otro.",
        ],
        "correction": "Corrección: una versión anterior de este texto relataba mal los hechos; pedimos disculpas a los lectores.",
    },
}
COMMON = {
    "de": "der die und das ist nicht von mit für auf".split(),
    "fr": "le la les des est dans que pour une pas".split(),
    "it": "il di che è la per una non con del".split(),
    "pt": "o de que não uma com para os do da".split(),
    "es": "el de que los una con para las del no".split(),
    "en": "the of and to in is that for was with".split(),
}


def language_of(text):
    """The language of a text, by its script and else by its commonest words; None where unsure."""
    counts = {
        "ja": sum("\u3040" <= sign <= "\u30ff" for sign in text),
        "ko": sum("\uac00" <= sign <= "\ud7af" for sign in text),
        "ru": sum("\u0400" <= sign <= "\u04ff" for sign in text),
        "zh": sum("\u4e00" <= sign <= "\u9fff" for sign in text),
    }
    best = next((name for name, count in counts.items() if count * 10 > len(text)), None)
    if best:
        return best
    words = text.lower().split()
    shares = {name: sum(word in common for word in words) for name, common in COMMON.items()}
    best = max(shares, key=shares.get)
    return best if shares[best] * 16 > len(words) else None
