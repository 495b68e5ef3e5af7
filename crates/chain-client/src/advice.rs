//! What to do about the errors of the stock pallets, whose own words only say what is wrong.
//!
//! The errors of this project's pallets say it themselves, in the docs that the node's metadata carries.

const REPORT: &str = "This is a fault of the chain, please report it.";
const ROOT_ONLY: &str = "The root origin was wrong about this call: check its arguments and propose it again.";

/// One sentence, or nothing where the runtime's own words are the best there are.
pub(crate) fn advice(pallet: &str, error: &str) -> Option<&'static str> {
    Some(match (pallet, error) {
        ("System", "InvalidSpecName") => "This wasm is the runtime of another chain: build it from this project.",
        ("System", "SpecVersionNeedsToIncrease") => {
            "This wasm is not newer than the chain's runtime: raise its spec_version and build it again."
        }
        ("System", "FailedToExtractRuntimeVersion") => "This file is no runtime: give the compressed wasm of a build.",
        ("System", "MultiBlockMigrationsOngoing") => "A migration is still running: upgrade again when it has ended.",
        ("System", "NothingAuthorized") => "No upgrade is authorised: governance has to approve its hash first.",
        ("System", "Unauthorized") => "This is not the wasm that was authorised: give the very file that was approved.",
        ("System", "CallFiltered") => {
            "The chain does not take this call now: it is in safe mode, which governance ends; try again later."
        }
        ("System", "NonDefaultComposite" | "NonZeroRefCount") => {
            "Something still refers to this account: take its stake, seats and deposits back first."
        }
        ("Balances", "InsufficientBalance") => "The account does not hold that many free tokens: see `plexus balance`.",
        ("Balances", "LiquidityRestrictions" | "VestingBalance" | "ExistingVestingSchedule") => {
            "Part of the account's tokens is held or frozen: use less, or free them first."
        }
        ("Balances", "ExistentialDeposit" | "DeadAccount") => {
            "The receiving account does not exist yet and this amount is too small to open it: send more."
        }
        ("Balances", "Expendability") => {
            "The account would be left with less than it needs to exist: keep a little more in it."
        }
        ("Balances", "TooManyReserves" | "TooManyHolds" | "TooManyFreezes") => {
            "The account has as many deposits as it can have: take one of them back first."
        }
        ("Balances", "IssuanceDeactivated" | "DeltaZero") => ROOT_ONLY,
        ("Utility", "TooManyCalls") => "The batch has too many calls: send it in several parts.",
        ("Sudo", "RequireSudo") => {
            "Only the sudo key of a development chain may do this: elsewhere propose it with `plexus gov propose`."
        }
        ("Proxy", "TooMany") => "The account has as many proxies or announcements as it can have: remove one first.",
        ("Proxy", "NotFound") => "There is no such proxy: check account, type and delay.",
        ("Proxy", "NotProxy") => "This account is not a proxy of the other one: its owner has to add it first.",
        ("Proxy", "Unproxyable") => "This type of proxy does not cover the call: use a proxy of another type.",
        ("Proxy", "Duplicate") => "This proxy exists already: there is nothing to do.",
        ("Proxy", "NoPermission") => {
            "A proxy cannot give itself more rights than it has: sign with the account itself."
        }
        ("Proxy", "Unannounced") => "This proxy has a delay: announce the call and wait for the delay to pass.",
        ("Proxy", "NoSelfProxy") => "An account is no proxy of itself: name another account.",
        ("Multisig", "MinimumThreshold") => "A multisig needs two signatures at least: raise the threshold.",
        ("Multisig", "AlreadyApproved") => "This signatory has approved already: the others have to approve now.",
        ("Multisig", "NoApprovalsNeeded") => "Enough have approved: send the call itself to run it.",
        ("Multisig", "TooFewSignatories" | "TooManySignatories") => {
            "A multisig has 2 to 100 signatories: name another number of them."
        }
        ("Multisig", "SignatoriesOutOfOrder") => {
            "The other signatories are out of order: sort them by public key, and name each once."
        }
        ("Multisig", "SenderInSignatories") => "Name only the other signatories: leave the sender out.",
        ("Multisig", "NotFound") => "No such call waits for approvals: check signatories, threshold and call.",
        ("Multisig", "NotOwner") => "Only the signatory that began the call may cancel it: sign with that account.",
        ("Multisig", "NoTimepoint" | "WrongTimepoint") => {
            "The call is under way: give the block and index at which it was begun."
        }
        ("Multisig", "UnexpectedTimepoint") => "The call is not under way yet: leave the block and index out.",
        ("Multisig", "MaxWeightTooLow") => "The call weighs more than was allowed for it: raise the maximal weight.",
        ("Multisig", "AlreadyStored") => "The call is stored already: approve it by its hash.",
        ("Scheduler", "FailedToSchedule") => "That block's agenda is full: schedule it for another block.",
        ("Scheduler", "NotFound") => "Nothing is scheduled there: check block and index, or the name.",
        ("Scheduler", "TargetBlockNumberInPast") => "That block has passed: schedule it for a later one.",
        ("Scheduler", "RescheduleNoChange") => "It is scheduled for that very block: there is nothing to do.",
        ("Scheduler", "Named") => "This task has a name: use the call for named tasks.",
        ("Preimage", "TooBig") => "A preimage holds 4 MiB at most: make the call smaller.",
        ("Preimage", "AlreadyNoted") => "This preimage is stored already: refer to it by its hash.",
        ("Preimage", "NotAuthorized") => "Another account stored this preimage: only that account may remove it.",
        ("Preimage", "NotNoted") => "This preimage is not stored: store it first, or check the hash.",
        ("Preimage", "Requested") => "Something still waits to run this preimage: remove it when that is done.",
        ("Preimage", "NotRequested") => "Nothing asked for this preimage: there is nothing to take back.",
        ("Preimage", "TooMany" | "TooFew") => {
            "The number of preimages is wrong: name one at least, and no more than ten."
        }
        ("SafeMode", "Entered") => "The chain is in safe mode already: governance may extend it or end it.",
        ("SafeMode", "Exited") => "The chain is not in safe mode: there is nothing to end.",
        ("SafeMode", "NotConfigured") => "On this chain only governance enters safe mode: propose it there.",
        ("SafeMode", "NoDeposit" | "AlreadyDeposited" | "CannotReleaseYet" | "CurrencyError") => {
            "On this chain nobody pays a deposit for safe mode: propose it to governance."
        }
        ("Triumvirate", "AlreadyMember") => "This account is a member already: there is nothing to do.",
        ("Triumvirate", "NotMember") => "This account is no member: `plexus gov show` lists the members.",
        ("Triumvirate", "TooManyMembers") => "All seats are taken: swap a member instead of adding one.",
        ("Session", "InvalidProof") => {
            "The proof does not fit the keys: make new ones with author_rotateKeys on your node."
        }
        ("Session", "NoAssociatedValidatorId" | "NoAccount") => {
            "This account cannot hold session keys: send it some tokens and sign with it."
        }
        ("Session", "DuplicatedKey") => "Another authority uses one of these keys: make new ones on your node.",
        ("Session", "NoKeys") => "This account has no session keys: set them first with `plexus authority set-keys`.",
        ("Identity", "NotFound" | "NotNamed" | "NoIdentity") => {
            "This account has no identity: set one with `plexus identity set`."
        }
        ("Identity", "TooManySubAccounts" | "NotSub" | "NotOwned") => {
            "On this chain an identity names no other accounts: set one for each account with `plexus identity set`."
        }
        ("Identity", "EmptyIndex" | "InvalidIndex") => "There is no such registrar: check its number.",
        ("Identity", "FeeChanged") => "The registrar asks for more than you allowed: raise the maximal fee.",
        ("Identity", "StickyJudgement") => {
            "A registrar is about to judge this identity, or has marked it: wait, or cancel the request."
        }
        ("Identity", "JudgementGiven") => "The registrar has judged already: there is nothing to cancel.",
        ("Identity", "InvalidJudgement") => "A registrar cannot give this judgement: choose another one.",
        ("Identity", "JudgementForDifferentIdentity") => {
            "The identity has changed since: read it again and judge it by its new hash."
        }
        ("Identity", "JudgementPaymentFailed") => "The fee of the judgement is not there: have it deposited again.",
        ("Identity", "InvalidTarget") => "This account cannot be judged: name one that has an identity.",
        ("Identity", "TooManyRegistrars") => "There are as many registrars as there may be: no more can be added.",
        ("Identity", "AlreadyClaimed") => "This account has a name already: clear that first.",
        (
            "Identity",
            "InvalidSuffix"
            | "NotUsernameAuthority"
            | "NoAllocation"
            | "InvalidSignature"
            | "RequiresSignature"
            | "InvalidUsername"
            | "UsernameTaken"
            | "NoUsername"
            | "NotExpired"
            | "TooEarly"
            | "NotUnbinding"
            | "AlreadyUnbinding"
            | "InsufficientPrivileges",
        ) => "On this chain nobody hands out user names: set a name with `plexus identity set`.",
        ("Grandpa", "PauseFailed" | "ResumeFailed" | "ChangePending" | "TooSoon") => {
            "A change of authorities is under way: wait until it has taken effect."
        }
        ("Grandpa", _) => REPORT,
        _ => return None,
    })
}
