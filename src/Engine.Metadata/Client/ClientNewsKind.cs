namespace Engine.Metadata;

/// <summary>What a message meant to a client.</summary>
public enum ClientNewsKind
{
    /// <summary>Nothing that its user has to know.</summary>
    None,

    /// <summary>A request was answered; it is over when the answer is safe.</summary>
    Answered,

    /// <summary>A request was refused and not done: it is still the client's to repeat or to forget.</summary>
    Refused,

    /// <summary>The session is open, and requests that waited for it are on their way.</summary>
    Opened,

    /// <summary>The session is over, and with it every capability (<see cref="ClientProtocol{T}.TryTakeLoss"/>). Nobody can say
    /// what became of requests under way. Or one that was asked for was not begun (<see cref="ClientProtocol{T}.LastEnd"/>), and
    /// is to be asked for again.</summary>
    Ended,

    /// <summary>A capability changed, or is gone.</summary>
    CapsChanged,
}
