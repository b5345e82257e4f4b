namespace Engine.Simulation;

/// <summary>What goes wrong between a rank and its clients, for the checks to find.</summary>
public enum RankBug
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A2: a new life opens the journal without fencing off the one before it.</summary>
    DoesNotFence,

    /// <summary>C1: the rank loses a capability without telling its client.</summary>
    LosesCaps,

    /// <summary>C2: clients are told that they have more than they were given.</summary>
    GivesTooMuch,

    /// <summary>C2: a client comes back with bits that it did not have.</summary>
    ClaimsTooMuch,

    /// <summary>C3: migration numbers run backwards.</summary>
    ForgetsMigrations,

    /// <summary>C6: flushes are acknowledged before they are taken.</summary>
    AcknowledgesFlushes,

    /// <summary>C7: nothing is remembered of requests that were done, and some come twice.</summary>
    ForgetsRequests,

    /// <summary>L1: a client that waits for an answer asks again by the same channel: it may be told that what is done behind
    /// that answer failed.</summary>
    RepeatsIntoSilence,

    /// <summary>L1: a rename is a removal, a link and another removal, each by itself.</summary>
    RenamesInSteps,

    /// <summary>L1: an exchange of two names is three renames, each by itself.</summary>
    ExchangesInSteps,

    /// <summary>L1 of attributes: a change of others than the length is made once more, later.</summary>
    RepeatsChanges,

    /// <summary>N2, N3: segments go before the store was flushed, since it is taken for one that needs no flush.</summary>
    DoesNotFlush,

    /// <summary>N3: between two steps of a life, and no longer, a directory counts a file that is not there.</summary>
    MiscountsForAStep,

    /// <summary>N2: the offline check does not see what is wrong with one object of which a bit was changed.</summary>
    SkipsAChecksum,

    /// <summary>J3: a sync is answered before anything is durable.</summary>
    AnswersSyncsEarly,
}
