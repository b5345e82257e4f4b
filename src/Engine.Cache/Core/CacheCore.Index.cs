// Objects, chunks and blocks: finding, opening, closing.
using System.Runtime.CompilerServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    /// <summary>Empty objects that stay open, so that a working set that comes and goes does not rebuild their names.</summary>
    private const int IdleObjectsMax = 4096;

    private readonly List<ObjectSet?> _sets = [null];
    private readonly Dictionary<ObjectKey, int> _owners = [];
    private readonly List<ObjectTarget> _targets = [default];
    private int _idleObjects;

    public ObjectSet CreateSet(ObjectSetOptions options)
    {
        // Ids are not used again: what still holds a destroyed set must find nothing.
        ObjectSet set = new(_sets.Count, options);
        _sets.Add(set);
        return set;
    }

    /// <summary>EBUSY while the set still caches something, has I/O in flight, writes that wait for admission, or zeroes that the
    /// store has not flushed.</summary>
    public IoError DestroySet(ObjectSet set)
    {
        CloseIdleObjects(set);
        if (set.FirstObject != 0 || HasZeroes(set) || HasBlockedWrites(set))
            return IoError.Busy;
        set.Destroyed = true;
        _sets[set.Id] = null;
        return IoError.None;
    }

    private bool HasBlockedWrites(ObjectSet set)
    {
        for (CacheRequest? write = _blockedWrites.First; write is not null; write = write.QueueNext)
        {
            if (((WriteRequest)write).Set == set)
                return true;
        }
        return false;
    }

    /// <summary>No block of the set is cached.</summary>
    public bool IsEmpty(ObjectSet set)
    {
        for (int obj = set.FirstObject; obj != 0; obj = _objects[obj].NextInSet)
        {
            if (_objects[obj].Blocks != 0)
                return false;
        }
        return true;
    }

    private ObjectSet SetOf(int obj) => _sets[_objects[obj].Set]!;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FindObject(ObjectSet set, long number) => _objectIndex.Find(number, set.Id);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int FindBlock(int obj, long number)
    {
        int chunk = _chunkIndex.Find(number >> Chunk.Shift, obj);
        return chunk == 0 ? 0 : _chunks[chunk].Index[(int)number & (Chunk.Blocks - 1)];
    }

    /// <summary>The open object, opened where needed; 0 when another set owns it.</summary>
    private int OpenObject(ObjectSet set, long number)
    {
        int obj = FindObject(set, number);
        if (obj != 0)
            return obj;
        ObjectKey key = set.KeyOf(number);
        obj = _objects.Allocate();
        if (!_owners.TryAdd(key, obj))
        {
            _objects.Free(obj);
            return 0;
        }
        _objects[obj] = new CachedObject { Number = number, Set = set.Id, NextInSet = set.FirstObject };
        if (set.FirstObject != 0)
            _objects[set.FirstObject].PreviousInSet = obj;
        set.FirstObject = obj;
        _objectIndex.Add(number, set.Id, obj);
        while (_targets.Count <= obj)
            _targets.Add(default);
        _targets[obj] = new ObjectTarget(key, number);
        _idleObjects++;
        return obj;
    }

    private bool IsForeign(ObjectSet set, long number) =>
        FindObject(set, number) == 0 && _owners.Count > 0 && _owners.ContainsKey(set.KeyOf(number));

    private void CloseObject(int obj)
    {
        ref CachedObject o = ref _objects[obj];
        Invariant.That(o.Blocks == 0 && o.Fences == 0 && o.FirstChunk == 0);
        ObjectSet set = SetOf(obj);
        if (o.Questions != 0)
            ForgetQuestions(obj);
        if (o.PreviousInSet != 0)
            _objects[o.PreviousInSet].NextInSet = o.NextInSet;
        else
            set.FirstObject = o.NextInSet;
        if (o.NextInSet != 0)
            _objects[o.NextInSet].PreviousInSet = o.PreviousInSet;
        _objectIndex.Remove(o.Number, set.Id);
        _owners.Remove(_targets[obj].Key);
        _targets[obj] = default;
        _objects.Free(obj);
        _idleObjects--;
    }

    private void CloseIdleObjects(ObjectSet set)
    {
        int next;
        for (int obj = set.FirstObject; obj != 0; obj = next)
        {
            next = _objects[obj].NextInSet;
            if (_objects[obj].Blocks == 0 && _objects[obj].Fences == 0)
                CloseObject(obj);
        }
    }

    private int OpenBlock(int obj, long number)
    {
        int chunk = OpenChunk(obj, number >> Chunk.Shift);
        int slot = (int)number & (Chunk.Blocks - 1);
        int block = _chunks[chunk].Index[slot];
        if (block != 0)
            return block;
        block = _blocks.Allocate();
        _blocks[block].Object = obj;
        _blocks[block].Number = number;
        ref Chunk c = ref _chunks[chunk];
        c.Index[slot] = block;
        c.Present |= 1UL << slot;
        if (_objects[obj].Blocks++ == 0)
            _idleObjects--;
        _gauges[Unit.Missing] += CacheSettings.BlockBytes;
        RecallZeroes(block);
        return block;
    }

    private void CloseBlock(int block)
    {
        ref CachedBlock b = ref _blocks[block];
        Invariant.That(b.Lists == BlockLists.None && b.FirstPiece == 0 && b.FirstWait == 0 && !b.Charged && b.Buffer.IsNull);
        DropCovers(ref b);
        Unpark(block);
        if (b.ByteMap != 0)
            _byteMaps.Free(b.ByteMap);
        _gauges[Unit.Missing] -= CacheSettings.BlockBytes;
        int obj = b.Object;
        int chunk = _chunkIndex.Find(b.Number >> Chunk.Shift, obj);
        int slot = (int)b.Number & (Chunk.Blocks - 1);
        ref Chunk c = ref _chunks[chunk];
        c.Index[slot] = 0;
        c.Present &= ~(1UL << slot);
        if (c.Present == 0)
            CloseChunk(obj, chunk);
        _blocks.Free(block);
        if (--_objects[obj].Blocks == 0 && ++_idleObjects > IdleObjectsMax)
            CloseIdleObjects(SetOf(obj));
    }

    private int OpenChunk(int obj, long number)
    {
        int chunk = _chunkIndex.Find(number, obj);
        if (chunk != 0)
            return chunk;
        chunk = _chunks.Allocate();
        ref Chunk c = ref _chunks[chunk];
        c.Number = number;
        c.Object = obj;
        ref int link = ref _objects[obj].FirstChunk;
        while (link != 0 && _chunks[link].Number < number)
            link = ref _chunks[link].Next;
        c.Next = link;
        link = chunk;
        _chunkIndex.Add(number, obj, chunk);
        return chunk;
    }

    private void CloseChunk(int obj, int chunk)
    {
        ref int link = ref _objects[obj].FirstChunk;
        while (link != chunk)
            link = ref _chunks[link].Next;
        link = _chunks[chunk].Next;
        _chunkIndex.Remove(_chunks[chunk].Number, obj);
        _chunks.Free(chunk);
    }

    /// <summary>The first cached block of the object with a number in <c>[from, to)</c>; 0 when there is none. Costs what is
    /// cached, not what the range spans.</summary>
    private int NextBlock(int obj, long from, long to)
    {
        int chunk = _chunkIndex.Find(from >> Chunk.Shift, obj);
        if (chunk == 0)
        {
            chunk = _objects[obj].FirstChunk;
            while (chunk != 0 && _chunks[chunk].Number <= from >> Chunk.Shift)
                chunk = _chunks[chunk].Next;
        }
        for (; chunk != 0; chunk = _chunks[chunk].Next)
        {
            ref Chunk c = ref _chunks[chunk];
            long first = c.Number << Chunk.Shift;
            if (first >= to)
                return 0;
            ulong present = c.Present;
            if (from > first)
                present &= ulong.MaxValue << (int)(from - first);
            if (present != 0)
            {
                int slot = System.Numerics.BitOperations.TrailingZeroCount(present);
                return first + slot < to ? c.Index[slot] : 0;
            }
        }
        return 0;
    }

    /// <summary>The set's objects by number, so that what is done for all of them happens in one order.</summary>
    private List<int> ObjectsByNumber(ObjectSet set)
    {
        List<int> objects = [];
        for (int obj = set.FirstObject; obj != 0; obj = _objects[obj].NextInSet)
            objects.Add(obj);
        objects.Sort((a, b) => _objects[a].Number.CompareTo(_objects[b].Number));
        return objects;
    }
}
