using System.Diagnostics.CodeAnalysis;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Simulation;

/// <summary>One object of a simulated store: its durable content, and the changes since, in order of submission.</summary>
internal sealed class SimObject(ObjectKey key)
{
    private const int SectorBytes = 512;

    private readonly List<ObjectChange> _changes = [];
    private byte[]? _durable;

    /// <summary>The content with a bit changed for good, and as it was written.</summary>
    private byte[]? _flipped;
    private byte[]? _written;

    public ObjectKey Key => key;

    public int ChangeCount => _changes.Count;

    /// <summary>Reads that went wrong since one was right.</summary>
    public int WrongReads { get; set; }

    /// <summary>Is on the store's list of objects with changes.</summary>
    public bool IsListed { get; set; }

    /// <summary>The content that a reader sees: null when the object does not exist.</summary>
    public byte[]? Content
    {
        get
        {
            byte[]? content = _durable;
            bool isCopy = false;
            foreach (ObjectChange change in _changes)
            {
                if (change.CompletedAs > 0)
                    content = change.ApplyTo(content, ref isCopy);
            }

            return content;
        }
    }

    /// <summary>A bit of what a reader sees was changed for good, and the object was not written anew since.</summary>
    public bool IsFlipped =>
        _flipped is not null && ReferenceEquals(Content, _flipped) && !_flipped.AsSpan().SequenceEqual(_written);

    /// <summary>What was written, where a bit of that was changed for good.</summary>
    public byte[]? Written => _written;

    /// <summary>The last life that read it since.</summary>
    public SimEnvironment? FlipReadBy { get; set; }

    public void Add(ObjectChange change) => _changes.Add(change);

    public void Remove(ObjectChange change) => _changes.Remove(change);

    /// <summary>Makes durable what completed no later than the flush began.</summary>
    public void MakeDurable(ulong completedMax)
    {
        bool isCopy = false;
        int kept = 0;
        for (int i = 0; i < _changes.Count; i++)
        {
            ObjectChange change = _changes[i];
            if (change.CompletedAs > 0 && change.CompletedAs <= completedMax)
                _durable = change.ApplyTo(_durable, ref isCopy);
            else
                _changes[kept++] = change;
        }

        _changes.RemoveRange(kept, _changes.Count - kept);
    }

    /// <summary>Power is lost with the life: each change of it, and what an earlier life of its process completed, is there,
    /// absent, or there in part. What an earlier life had under way is for the fence to refuse.</summary>
    /// <returns>Completed changes that are gone.</returns>
    public int Crash(SimEnvironment life, bool isAtomic, SeededRandom random)
    {
        int lost = 0;
        int kept = 0;
        bool isCopy = false;
        for (int i = 0; i < _changes.Count; i++)
        {
            ObjectChange change = _changes[i];
            if (change.Life != life && (change.CompletedAs == 0 || change.Life.Process != life.Process))
            {
                _changes[kept++] = change;
                continue;
            }

            int fate = random.NextInt(isAtomic ? 2 : 3);
            if (fate == 1)
                _durable = change.ApplyTo(_durable, ref isCopy);
            else if (fate == 2)
                _durable = change.ApplyPartTo(_durable, SectorBytes, random);
            else if (change.CompletedAs > 0)
                lost++;
        }

        _changes.RemoveRange(kept, _changes.Count - kept);
        return lost;
    }

    /// <summary>Changes one bit of the durable content; false when there is none.</summary>
    public bool Flip(SeededRandom random)
    {
        if (!HasBytes(_durable))
            return false;
        _written = _flipped is not null && ReferenceEquals(_durable, _flipped) ? _written : _durable;
        _durable = (byte[])_durable.Clone();
        (_flipped, FlipReadBy) = (_durable, null);
        _durable[random.NextInt(_durable.Length)] ^= (byte)(1 << random.NextInt(8));
        return true;
    }

    private static bool HasBytes([NotNullWhen(true)] byte[]? content) => content is { Length: > 0 };
}
