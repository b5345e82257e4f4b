using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>Operations in flight at the store: their table, their tokens, their completions.</summary>
internal sealed unsafe partial class CacheCore
{
    private readonly List<BackendIo?> _ios = [null];
    private readonly Stack<BackendIo> _freeIos = new();
    private int _readsOutstanding;
    private int _writesOutstanding;

    /// <summary>Operations in flight at the store, of every kind.</summary>
    public int Outstanding => _ios.Count - 1 - _freeIos.Count;

    /// <summary>One operation ended. A token that is not in flight, late or doubled, is ignored and reported as false.</summary>
    public bool Complete(ulong token, IoResult result)
    {
        int slot = (int)(uint)token;
        if (slot <= 0 || slot >= _ios.Count)
            return false;
        BackendIo io = _ios[slot]!;
        if (!io.Active || io.Generation != (uint)(token >> 32))
            return false;
        switch (io.Kind)
        {
            case BackendIoKind.Read:
                CompleteRead(io, result);
                break;
            case BackendIoKind.Write:
                CompleteWrite(io, result);
                break;
            case BackendIoKind.Flush:
                CompleteStoreFlush(io, result.Error);
                break;
            default:
                CompleteStoreDrop(io, result.Error);
                break;
        }
        EndStep();
        return true;
    }

    private BackendIo TakeIo(BackendIoKind kind, int obj, long offset, long length)
    {
        if (!_freeIos.TryPop(out BackendIo? io))
        {
            io = new BackendIo(_ios.Count);
            _ios.Add(io);
        }
        io.Active = true;
        io.Kind = kind;
        io.Object = obj;
        io.Target = obj == 0 ? default : _targets[obj];
        io.Offset = offset;
        io.Length = length;
        io.FirstPiece = 0;
        io.LastPiece = 0;
        io.Fua = false;
        io.ModifiedAt = 0;
        io.CallerWaits = false;
        io.Doubtful = false;
        return io;
    }

    private void ReturnIo(BackendIo io)
    {
        Invariant.That(io.Active && io.Waiters.Count == 0 && io.Data is null);
        io.Parts.Clear();
        io.Active = false;
        io.Generation++;
        _freeIos.Push(io);
    }
}
