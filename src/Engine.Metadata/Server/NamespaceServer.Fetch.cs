// Dirfrags from the store: who needs one waits until it was read, checked and taken over, or could not be.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <content>Dirfrags from the store, and back into it.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>Longest dirfrag object that is read: what the largest dirfrag may grow to, with room to spare.</summary>
    private const int ObjectBytesMax = 1 << 30;

    /// <summary>A damaged dirfrag is not read again for so long, however many ask.</summary>
    private const long LookAgainMicros = 1_000_000;

    private readonly PageValidator _validator = new();
    private readonly Func<bool> _trimMore;

    /// <summary>Dirfrags that were damaged when they were read last, and when that was.</summary>
    private readonly Dictionary<DirFrag, (long ReadAtMicros, string Text)> _damaged = [];

    /// <summary>Dirfrags that are being read for somebody beside clients: what comes of that may make room.</summary>
    private readonly HashSet<Dir> _readToGoOn = [];

    /// <summary>Is any dirfrag being read but for clients?</summary>
    public bool ReadsToGoOn => _readToGoOn.Count > 0;

    /// <summary>Damage in the store: which dirfrag, and what is wrong with it.</summary>
    public IReadOnlyList<string> Damage { get; private set; } = [];

    /// <summary>Reads the dirfrag, or joins those who wait for it; the request is tried again when it is there.</summary>
    public Progress Fetch(Continuation waiter, Dir dir, out IoError error)
    {
        Invariant.That(dir.IsAuth, "what is another rank's is that one's to read");
        error = IsBad(dir) ? IoError.Io : MayRead(waiter) ? IoError.None : IoError.NoMemory;
        if (error.Failed)
            return Progress.Done;
        if (dir.Has(DirState.Fragmenting))
        {
            // After a restart in the midst of a division: it is put back first, for its object is not there.
            _cache.Wait(dir, WaitMask.Unfreeze, waiter);
            return Progress.Waits;
        }

        _cache.Wait(dir, WaitMask.Complete, waiter);
        if (waiter is not (RequestContext or ClientQueue))
            _readToGoOn.Add(dir);
        if (dir.Has(DirState.Fetching))
            return Progress.Waits;
        MetadataCache.SetState(dir, DirState.Fetching, true);
        _cache.Pin(dir, PinKind.Request);
        ObjectTarget target = DirObjects.TargetOf(dir.Name);
        _effects.StatObject(target, _pending.ForObject(new FetchIo(this, dir, target)));
        return Progress.Waits;
    }

    /// <summary>Is the dirfrag damaged? What was is taken for unknown again after a while: a device that gave wrong bytes, twice
    /// even, may give the right ones by then.</summary>
    private bool IsBad(Dir dir)
    {
        if (!dir.Has(DirState.Bad))
            return false;
        bool mayLook = _damaged.TryGetValue(dir.Name, out (long ReadAtMicros, string Text) found)
            && _environment.NowMicros - found.ReadAtMicros >= LookAgainMicros;
        if (mayLook)
            MetadataCache.SetState(dir, DirState.Bad, false);
        return !mayLook;
    }

    private void NoteDamaged(Dir dir, string problem)
    {
        NoteWhole(dir);
        string text = $"directory {_cache.PathOf(dir.Inode)} ({dir.Name}): {problem}; its entries cannot be read";
        _damaged.Add(dir.Name, (_environment.NowMicros, text));
        Damage = [.. Damage, text];
    }

    /// <summary>What another rank found damaged, and gave away, is looked at here as what this one found.</summary>
    private void NoteInherited(Dir dir)
    {
        if (dir.Has(DirState.Bad) && !_damaged.ContainsKey(dir.Name))
            NoteDamaged(dir, "another rank, or another life, could not read it");
    }

    private void NoteWhole(Dir dir)
    {
        if (_damaged.Remove(dir.Name, out (long ReadAtMicros, string Text) found))
            Damage = [.. Damage.Where(text => text != found.Text)];
    }

    private bool MayRead(Continuation waiter)
    {
        if (waiter is not RequestContext context)
            return true;
        context.TightReads += context.TrimsSeen == _trims ? 0 : 1;
        context.TrimsSeen = _trims;
        return context.MayReadOn;
    }

    /// <summary>The dirfrag was read, or not. Only what the store holds can be damage; what it cannot give now, for want of
    /// memory or because a device failed, the next request asks for again.</summary>
    private void EndFetch(Dir dir, IoError error, string? problem)
    {
        MetadataCache.SetState(dir, DirState.Fetching, false);
        _readToGoOn.Remove(dir);
        _cache.Unpin(dir, PinKind.Request);
        if (error == IoError.Damaged || error == IoError.NoEntry)
        {
            NoteDamaged(dir, problem ?? error.Name);
            MetadataCache.SetState(dir, DirState.Bad, true);
            error = IoError.None;
        }
        else if (error.IsNone)
        {
            NoteWhole(dir);
        }

        _cache.Wake(dir, WaitMask.Complete, error);
    }

    /// <summary>Takes over what was read, and checks it once; where there is no room, what was not used for long goes.</summary>
    private IoError Adopt(Dir dir, BufferList bytes, out string? problem)
    {
        IoError error = PageChain.TryLoad(
            _pages, bytes, dir.Name, PageKind.Dirfrag, _validator, out PageChain? chain, out PageProblem found, _trimMore);
        problem = found.IsNone ? null : found.ToString();
        if (error.Failed)
            return error;
        do
            error = _cache.TryAdopt(dir.Inode, dir.Frag, chain!, out _);
        while (error == IoError.NoMemory && TrimMore());
        if (error == IoError.NoMemory)
            chain!.Dispose();
        problem = error == IoError.Damaged ? "it contradicts itself or what is in memory" : null;
        return error;
    }

    /// <summary>Length first, then the bytes; what is damaged as it was read is read once more.</summary>
    private sealed class FetchIo(NamespaceServer server, Dir dir, ObjectTarget target) : PendingIo
    {
        private BufferList? _bytes;
        private bool _isAgain;

        public override void Complete(IoResult result)
        {
            // Whose it was may have changed, and what is known of it too: whoever waits looks again.
            if (!dir.IsAuth || dir.IsComplete)
                Drop();
            else if (_bytes is not null)
                CompleteRead(result);
            else if (result.Failed)
                server.EndFetch(dir, result.Error, result.Error == IoError.NoEntry ? "its object is missing" : null);
            else if (result.Bytes is <= 0 or > ObjectBytesMax)
                server.EndFetch(dir, IoError.Damaged, $"its object has {result.Bytes} bytes");
            else
                Read((int)result.Bytes);
        }

        private void Drop()
        {
            _bytes?.Dispose();
            server.EndFetch(dir, IoError.None, null);
        }

        private void Read(int length)
        {
            if (!server.TryRentBytes(length, out _bytes))
            {
                server.EndFetch(dir, IoError.NoMemory, null);
                return;
            }

            server._effects.ReadObject(target, length, _bytes!, server._pending.ForObject(this));
        }

        private void CompleteRead(IoResult result)
        {
            int length = (int)_bytes!.Length;
            string? problem = null;
            IoError error = result.Error;
            if (error.IsNone && result.Bytes < length)
                (error, problem) = (IoError.Damaged, $"its object ends after {result.Bytes} bytes");
            else if (error.IsNone)
                error = server.Adopt(dir, _bytes, out problem);
            _bytes.Dispose();
            if (error != IoError.Damaged || _isAgain)
            {
                server.EndFetch(dir, error, problem);
                return;
            }

            _isAgain = true;
            Read(length);
        }
    }
}
