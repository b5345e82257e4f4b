namespace Engine.Metadata;

/// <summary>A name of another rank's that a request wants, or a name more or less of an inode of another rank's, from the
/// question for it until the request is carried out or gives up.</summary>
/// <param name="id">The change.</param>
/// <param name="claim">What was asked: a <see cref="NameClaim"/>, or a <see cref="LinkClaim"/>.</param>
/// <param name="participant">Who was asked.</param>
/// <param name="context">The request.</param>
internal sealed class Takeover(UpdateId id, Message claim, RankId participant, RequestContext context)
{
    /// <summary>The change.</summary>
    public UpdateId Id => id;

    /// <summary>What was asked.</summary>
    public Message Claim => claim;

    /// <summary>Who was asked.</summary>
    public RankId Participant => participant;

    /// <summary>The request.</summary>
    public RequestContext Context => context;

    /// <summary>The directory of the new name, and that name: the way there may lead through the old one, which nobody passes
    /// while it is promised.</summary>
    public required Ino Directory { get; init; }

    /// <inheritdoc cref="Directory"/>
    public required byte[] Name { get; init; }

    /// <summary>A slash follows the new name.</summary>
    public required bool HasSlash { get; init; }

    /// <summary>When it was asked.</summary>
    public required long AskedAtMicros { get; init; }

    /// <summary>The life of <see cref="Participant"/> that was asked; 0 where it had none.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>The answer; null while there is none.</summary>
    public NameOffered? Answer { get; set; }
}
