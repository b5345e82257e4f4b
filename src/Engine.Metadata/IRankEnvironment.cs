using Engine.Objects;

namespace Engine.Metadata;

/// <summary>
/// The world as a rank sees it: time, randomness, its journal, the object store, channels, timers. A process and a simulation
/// each have one. A rank uses it only while effects are carried out, at the end of a step, and to read time and randomness.
/// </summary>
/// <remarks>Completions of <see cref="Log"/> and <see cref="Objects"/> may come on any thread, or inside the call; the rank's
/// sinks turn them into events by <see cref="Post"/>, so that they are steps like all others. What peers say are events too: of
/// one peer they come in the order in which it sent them, and the end of its channel (<see cref="RankEventKind.PeerGone"/>) comes
/// behind all that came by it and before all that comes by the next.</remarks>
public interface IRankEnvironment
{
    /// <summary>Microseconds since some fixed moment; never runs backwards.</summary>
    long NowMicros { get; }

    /// <summary>The rank's journal, opened for this incarnation.</summary>
    ILog Log { get; }

    /// <summary>Where directory fragments are kept.</summary>
    IObjectBackend Objects { get; }

    /// <summary>64 random bits.</summary>
    ulong NextRandom();

    /// <summary>Sends; messages to one peer arrive in order or not at all from some point on.</summary>
    void Send(Peer to, Message message);

    /// <summary>Asks for a <see cref="RankEventKind.Timer"/> event with the token, after the delay. Timers cannot be taken back:
    /// who is not interested any more ignores the event.</summary>
    void SetTimer(ulong token, long delayMicros);

    /// <summary>Makes the event a later step of the rank. Any thread.</summary>
    void Post(in RankEvent item);
}
