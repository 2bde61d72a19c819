"""Questions and answers about the portal as it is. A change of a page changes its answer, too."""

from django.utils.translation import gettext_lazy as _

from apps.help.texts import pages
from apps.help.texts.entries import Entry, Topic

STATIONS = Topic(
    "stations",
    _("Stations and commissioning"),
    "ev_station",
    (
        Entry(
            "connect-a-charger",
            _("How do I connect a new charger?"),
            _(
                "Create the charging station first. The page after saving shows the address of the "
                "back end, the Chargebox ID and the password; enter all three at the charger. As "
                "soon as it dials in, the station is shown as online."
            ),
            (pages.NEW_STATION,),
        ),
        Entry(
            "password-lost",
            _("The password of a charger is lost. Can I look it up?"),
            _(
                "No. It is stored in a form that cannot be read back. Set a new one on the "
                "Security tab of the station. A connected charger can be sent the new password; "
                "until it accepts, the old one still works."
            ),
            (pages.STATIONS,),
        ),
        Entry(
            "planned-installed",
            _("What do “planned” and “installed” mean?"),
            _(
                "A planned station is prepared but not in use: its charge points are Inoperative "
                "and cards are refused. An installed station is in use. The state stands in the "
                "master data of the station."
            ),
            (pages.STATIONS,),
        ),
        Entry(
            "status-words",
            _("What does the status of a charge point tell?"),
            _(
                "Available: ready for a vehicle. Occupied: a vehicle is connected. Need service: "
                "out of service, faulted, or without contact. Inoperative: not yet in operation. "
                "The page of the charge point gives the reason in a sentence."
            ),
            (pages.CHARGE_POINTS, pages.DASHBOARD),
        ),
        Entry(
            "need-service",
            _("Why does a charge point show “Need service” although it charges?"),
            _(
                "The portal has lost contact: power, mobile network or the address of the back end "
                "may be the cause. Charging can go on meanwhile; the charger reports the session "
                "once it is connected again."
            ),
            (pages.CHARGE_POINTS,),
        ),
        Entry(
            "ids-fixed",
            _("Why can I not change the Chargebox ID or delete a station?"),
            _(
                "Charge records and the charger itself depend on these ids. Only the platform "
                "operator corrects an id or deletes a station, and never one with charging "
                "sessions."
            ),
        ),
        Entry(
            "max-power",
            _("What is the maximum charging power of a charge point used for?"),
            _(
                "Records are checked against it: a mean power of more than 10 % above it is "
                "implausible. Keep it equal to the power that the charger really delivers."
            ),
            (pages.CHARGE_POINTS,),
        ),
        Entry(
            "move-station",
            _("How do I move stations to another location?"),
            _(
                "Choose them in the list of charging stations and use “Move to another location”, "
                "or change the location in the master data of one. People limited to the old "
                "location no longer see them, their records included."
            ),
            (pages.STATIONS,),
        ),
    ),
)

OCPP = Topic(
    "ocpp",
    _("OCPP communication"),
    "forum",
    (
        Entry(
            "read-messages",
            _("How do I read what a charger sent?"),
            _(
                "The OCPP communication lists each request with its answer, newest first. "
                "Heartbeats and meter values are left out until you ask for them. “As sent” shows "
                "the exact text."
            ),
            (pages.MESSAGES,),
        ),
        Entry(
            "charger-offline",
            _("A charger does not come online. Where do I look?"),
            _(
                "Open the Security tab of its station: refused connects are listed with their "
                "reason, a wrong password for example. Is nothing listed, the charger does not "
                "reach us: check its network, the address and the spelling of the Chargebox ID."
            ),
            (pages.STATIONS,),
        ),
        Entry(
            "commands-wait",
            _("Why is a command grey or without an answer?"),
            _(
                "Commands need a connected station. Each shows whether it waits, was sent, and "
                "what the station answered. A station that does not answer in time ends the "
                "command as “No answer”; look at its messages and try again."
            ),
            (pages.STATIONS, pages.MESSAGES),
        ),
        Entry(
            "restart",
            _("When does restarting a controller help?"),
            _(
                "When the charger answers but behaves oddly. A soft restart ends running sessions "
                "properly first; a hard restart cuts them off, so use it only if the soft one has "
                "no effect."
            ),
            (pages.STATIONS,),
        ),
        Entry(
            "security-profiles",
            _("Which security profiles are there?"),
            _(
                "1: password without encryption. 2: password over TLS. 3: client certificate over "
                "TLS, issued by a certificate authority that you trust in the portal. Raise the "
                "profile of a station on its Security tab."
            ),
            (pages.SECURITY, pages.AUTHORITIES),
        ),
        Entry(
            "station-certificates",
            _("How does a station get a certificate?"),
            _(
                "Make an authority of your own under Certificate authorities. From then on it "
                "signs what stations ask for, and their certificates are renewed in time. Revoke "
                "one on the Security tab of its station."
            ),
            (pages.AUTHORITIES,),
        ),
        Entry(
            "flapping",
            _("Why is a station paused for five minutes?"),
            _(
                "It connected more than 15 times within a minute. The pause protects it and all "
                "others. Usually the mobile reception is poor, or two devices use the same "
                "Chargebox ID."
            ),
            (pages.STATIONS,),
        ),
    ),
)

ACTIVATIONS = Topic(
    "activations",
    _("Activations"),
    "bolt",
    (
        Entry(
            "activation-or-record",
            _("How do activations differ from charge records?"),
            _(
                "An activation is one attempt to charge, shown live from the card to the receipt, "
                "failures included. A charge record is the finished session with the values that "
                "count. Bill from charge records only."
            ),
            (pages.ACTIVATIONS, pages.RECORDS),
        ),
        Entry(
            "activation-refused",
            _("Why was a card refused?"),
            _(
                "The activation names the reason: the card is unknown, blocked or expired, it is "
                "charging elsewhere, or the station is not yet in operation."
            ),
            (pages.ACTIVATIONS, pages.CARDS),
        ),
        Entry(
            "activation-failed",
            _("An activation failed after the card was accepted. Why?"),
            _(
                "Mostly no vehicle was plugged in before the charger gave up. If the charger "
                "reports the start later all the same, the activation goes on."
            ),
            (pages.ACTIVATIONS,),
        ),
        Entry(
            "start-from-portal",
            _("Can I start or stop charging from the portal?"),
            _(
                "Yes, on the page of the station, with the right to send commands. The station has "
                "to be connected, and a vehicle has to be plugged in for a start."
            ),
            (pages.STATIONS,),
        ),
        Entry(
            "end-missing",
            _("What does “End missing” mean?"),
            _(
                "The charger never reported the end of the session, after a power cut for example. "
                "There is no record until it does. A late report still ends the session."
            ),
            (pages.ACTIVATIONS,),
        ),
    ),
)

RECORDS = Topic(
    "records",
    _("Charge records and calibration law"),
    "receipt_long",
    (
        Entry(
            "bdr-status",
            _("What does the BDR status tell?"),
            _(
                "Successful: plausible, settled automatically. Successful with restrictions: "
                "complete, but not billed. Exclusion: left out of the settlement. Error: wrong, "
                "not settled. Unknown: something is still missing. The record gives the detailed "
                "reason and what to do."
            ),
            (pages.RECORDS,),
        ),
        Entry(
            "plausibility-limits",
            _("Which limits are records checked against?"),
            _(
                "Excluded are less than 0.2 kWh or more than 5,000 kWh, and less than a minute or "
                "more than 14 days. Wrong are negative energy or duration, a start in the future, "
                "and a mean power of more than 10 % above the maximum charging power."
            ),
            (pages.RECORDS,),
        ),
        Entry(
            "power-implausible",
            _("Many records say “Power implausible for EVSE”. What now?"),
            _(
                "Compare the maximum charging power of the charge point with the data sheet of the "
                "charger. Correct it where it is too low. If it is right, the meter or its unit is "
                "wrong; ask the manufacturer."
            ),
            (pages.CHARGE_POINTS,),
        ),
        Entry(
            "clock-wrong",
            _("A record starts in the future or ends before its start. Why?"),
            _(
                "The clock of the charger is wrong or was set during the session. Check its time "
                "server, then restart the controller; it asks us for the time when it connects."
            ),
            (pages.RECORDS,),
        ),
        Entry(
            "eka-status",
            _("What does the EKA status tell?"),
            _(
                "Whether the session can be settled in line with calibration law. Irrelevant: it "
                "need not be. Open: signed values are awaited or being verified. Valid: verified. "
                "Invalid: signed values are missing or do not match the public key."
            ),
            (pages.RECORDS,),
        ),
        Entry(
            "eka-invalid",
            _("Records are invalid by calibration law. What can I check?"),
            _(
                "Whether the charger sends signed meter values at all, and whether the public key "
                "of its meter is kept in the master data exactly as the manufacturer states it. A "
                "changed meter has a new key."
            ),
            (pages.MESSAGES, pages.STATIONS),
        ),
        Entry(
            "check-bill",
            _("A driver doubts the bill. How do I show that it was measured rightly?"),
            _(
                "Open CheckBill from the charge record: each step from the meter to the bill is "
                "said in words. A link lets the driver see the same without a log-in, and a file "
                "opens in the transparency software."
            ),
            (pages.RECORDS,),
        ),
        Entry(
            "error-rate",
            _("What counts for the error rate?"),
            _(
                "Activations that ended with a technical error, out of all that were judged. A "
                "refused card does not count: it is no fault of the charge point."
            ),
            (pages.DASHBOARD, pages.RECORDS),
        ),
        Entry(
            "record-missing",
            _("A session is over, but there is no record. Why?"),
            _(
                "The charger has not reported the end yet. Look at the activation and at the "
                "messages of the station. Once it is connected again, it sends what it kept."
            ),
            (pages.ACTIVATIONS, pages.MESSAGES),
        ),
        Entry(
            "export-records",
            _("How do I get records into a spreadsheet?"),
            _(
                "Set the filters, then download the list as CSV or Excel file. The file holds what "
                "the list shows to you; energy, times and ids have a column each."
            ),
            (pages.RECORDS,),
        ),
    ),
)

CARDS = Topic(
    "cards",
    _("Cards and EMAIDs"),
    "contactless",
    (
        Entry(
            "new-card",
            _("How do I let a card charge?"),
            _(
                "Create it with its number (UID) as hex digits. Hold it to a charger first if you "
                "do not know the number: the refused activation shows it."
            ),
            (pages.CARDS, pages.ACTIVATIONS),
        ),
        Entry(
            "reversed-number",
            _("The number on the card differs from the one in the portal. Is that wrong?"),
            _(
                "Readers send the bytes forwards or backwards. Both mean the same card, so one "
                "entry is enough, and the reversed number cannot be a second card."
            ),
            (pages.CARDS,),
        ),
        Entry(
            "block-card",
            _("A card is lost. How do I stop it?"),
            _(
                "Block it on its page; it is refused from then on. A session that runs already "
                "goes on until it is stopped. A card can be opened again at any time."
            ),
            (pages.CARDS,),
        ),
        Entry(
            "emaid",
            _("What is an EMAID?"),
            _(
                "The number of a driver's contract: country, provider, nine characters and a check "
                "character. A card can name the contract it belongs to. A card without one belongs "
                "to you, the operator; what it charges is an own charge and is not billed."
            ),
            (pages.CARDS,),
        ),
        Entry(
            "masked-cards",
            _("Why do I see dots instead of card numbers?"),
            _(
                "Card numbers tell who charged. They are shown to people who hold the right “Can "
                "see who charged”; an admin gives it through a group."
            ),
            (pages.GROUPS,),
        ),
    ),
)

PEOPLE = Topic(
    "people",
    _("Users, groups and locations"),
    "group",
    (
        Entry(
            "invite",
            _("How do I give a colleague access?"),
            _(
                "Create a portal user with the e-mail address and a group. An invitation goes out "
                "by mail; the colleague sets a password. If the link has run out, send another "
                "invitation on the user's page."
            ),
            (pages.USERS,),
        ),
        Entry(
            "roles",
            _("What may admins, operators and groups of our own do?"),
            _(
                "Operators work with infrastructure and cards. Admins also manage people, "
                "locations, products and the brand. For anything else make a group and tick its "
                "rights; nobody can give rights that they do not hold."
            ),
            (pages.GROUPS,),
        ),
        Entry(
            "limit-locations",
            _("How do I show somebody only some locations?"),
            _(
                "Tick “Limited to locations” on the user's page and choose them. Lists, search, "
                "files and live pages then show what stands there and in their parts, nothing "
                "else."
            ),
            (pages.USERS, pages.LOCATIONS),
        ),
        Entry(
            "locked",
            _("An account is locked. Who opens it?"),
            _(
                "After ten wrong passwords the account is locked. Another admin unlocks it on the "
                "user's page. For your only admin, ask the platform operator."
            ),
            (pages.USERS,),
        ),
        Entry(
            "second-factor",
            _("How do I protect my account with a second factor?"),
            _(
                "Open “Security of your account” in the menu below your name and add a passkey or "
                "an authenticator app. Keep the recovery codes. Who has lost everything asks an "
                "admin to reset the second factor."
            ),
        ),
        Entry(
            "single-sign-on",
            _("Can we log in with the accounts of our company?"),
            _(
                "Yes, with any provider that speaks OpenID Connect. An admin enters it under "
                "single sign-on and may let groups there decide on groups here."
            ),
        ),
        Entry(
            "change-email",
            _("How do I change a name, an e-mail address or my password?"),
            _(
                "Another admin changes your name. The e-mail address is the log-in and stays; "
                "create a new user instead. Your password you change yourself in the menu below "
                "your name."
            ),
            (pages.PASSWORD, pages.USERS),
        ),
        Entry(
            "who-changed",
            _("Who changed this?"),
            _(
                "The audit trail tells who did what, when and from where, with the values before "
                "and after. The history of a single object is found on its page."
            ),
            (pages.AUDIT,),
        ),
        Entry(
            "support",
            _("Can the platform operator look into our portal?"),
            _(
                "Only for a stated reason and a limited time. Everybody sees a line on every page "
                "meanwhile, an admin can end it at once, and all that is done stands in the audit "
                "trail."
            ),
            (pages.SUPPORT,),
        ),
    ),
)

TENANT = Topic(
    "portal",
    _("Products, brand, imports and languages"),
    "inventory_2",
    (
        Entry(
            "products",
            _("What do booked and assigned products mean?"),
            _(
                "A product is booked for you by the platform operator, with a period and perhaps a "
                "number of stations. An admin then assigns it to stations. The Assignments tab of "
                "a station tells what is open there and which product is missing."
            ),
            (pages.PRODUCTS, pages.ASSIGN_PRODUCTS),
        ),
        Entry(
            "brand",
            _("How do we make the portal look like ours?"),
            _(
                "Under Branding: name, logo, icon, colour, support contact, imprint and privacy "
                "policy. You choose a hue; the shades are made so that texts stay readable, in "
                "light and dark. Mails carry the brand, too."
            ),
            (pages.BRANDING,),
        ),
        Entry(
            "import",
            _("How do I change many rows by Excel?"),
            _(
                "Export the list, change the file and import it where the page offers it. A "
                "preview shows each difference and each error by row; nothing is saved before you "
                "confirm, and then all rows or none."
            ),
            (pages.IMPORT_LOCATIONS,),
        ),
        Entry(
            "import-columns",
            _("Why does an import not know my columns?"),
            _(
                "Columns are found by their ids in the first row, not by translated titles. Leave "
                "that row as it was exported. Files may have 5 MB and 20,000 rows."
            ),
            (pages.IMPORT_LOCATIONS,),
        ),
        Entry(
            "language",
            _("How do I change language and time zone?"),
            _(
                "Choose one of nine languages in the menu below your name; it is kept with your "
                "account. Numbers and dates follow it. Times are shown in your own time zone if "
                "one is set, else in that of the portal."
            ),
        ),
        Entry(
            "find-anything",
            _("How do I find something quickly?"),
            _(
                "Press Ctrl+K and type: a Chargebox ID, an EVSE-ID, a location, a page or a word "
                "of these answers. Addresses of pages can be shared; filters stand in them."
            ),
        ),
        Entry(
            "is-it-you",
            _("Is the fault yours or mine?"),
            _(
                "The status page shows malfunctions, planned maintenance and what is measured "
                "right now. A part of it can be read without logging in, at /status/."
            ),
            (pages.STATUS,),
        ),
        Entry(
            "contracts",
            _("Where are manuals, price sheets and contracts?"),
            _(
                "In the documents. What is new since your last visit is marked. If something is "
                "missing, ask the platform operator."
            ),
            (pages.DOCUMENTS,),
        ),
    ),
)

TOPICS = (STATIONS, OCPP, ACTIVATIONS, RECORDS, CARDS, PEOPLE, TENANT)
