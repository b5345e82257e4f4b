using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Sessions;

/// <summary>Whom the verbs of a namespace ask: a rank in the same process, or the ranks of a cluster. One thread asks.</summary>
internal abstract class FsClient : IDisposable
{
    /// <summary>Called with each reply to a request; a change is answered as made first, then as safe. It must be short and must
    /// not ask.</summary>
    public delegate void ReplyHandler(ClientRequest request, ClientReply reply, object? state);

    /// <summary>The newest damage that the rank met in its store; null for none, or where it is not known.</summary>
    public virtual string? Damage => null;

    /// <summary>Nobody is served any more.</summary>
    public virtual bool HasFailed => false;

    /// <summary>What changes are refused with at present for want of room in the journal; none while they are not.</summary>
    public virtual IoError Refusal => IoError.None;

    /// <summary>A number for a request that is made with it.</summary>
    public abstract ulong NextTid();

    /// <summary>Hands a request in; waits while too many are under way.</summary>
    public abstract void Submit(ClientRequest request, ReplyHandler handler, object? state = null);

    /// <summary>Waits until recovery is over, where that can be told.</summary>
    public virtual void WaitUntilActive()
    {
    }

    /// <summary>Waits until nothing is under way.</summary>
    public abstract void WaitForAll();

    /// <summary>The same for so long at most, whoever wants the command to end meanwhile.</summary>
    public abstract void WaitForAll(TimeSpan atMost);

    /// <summary>Waits until the condition holds, which replies or handlers make true.</summary>
    public abstract void WaitUntil(Func<bool> condition);

    /// <summary>Asks, and waits until the answer is safe.</summary>
    public ClientReply Call(ClientRequest request) => CallAll([request])[0];

    /// <summary>Asks many things at once; answers in the order of the requests.</summary>
    /// <exception cref="NoRoomException">Something was refused for want of room in the journal.</exception>
    public virtual ClientReply[] CallAll(IReadOnlyList<ClientRequest> requests)
    {
        var replies = new ClientReply[requests.Count];
        for (int index = 0; index < requests.Count; index++)
            Submit(requests[index], (_, reply, state) => replies[(int)state!] = reply, index);
        WaitForAll();
        return replies;
    }

    /// <summary>What is to be said of <see cref="Refusal"/>.</summary>
    public virtual NoRoomException NoRoom() => throw new InvalidOperationException("nothing was refused for want of room");

    /// <inheritdoc/>
    public abstract void Dispose();
}
