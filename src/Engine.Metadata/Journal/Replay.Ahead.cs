// What a batch of events is going to touch, found before the first of them is applied.
//
// An event's inodes lie anywhere, and the way to one is a walk of five steps, each of which waits for memory and needs what the
// one before found. Here all inodes of a batch take each step together (about 8 % of a replay). Beside that it is seen how
// many entries come in a row for one dirfrag, whose pages then need not grow a little for each.
// Invariants: nothing is changed, and nothing is believed: what is found here is memory that is on its way, and a count that
// decides of the sizes of pages, never of what is in them.

using System.Runtime.InteropServices;
using Engine.Objects;

namespace Engine.Metadata;

/// <content>Looks through a batch before it is applied.</content>
internal sealed partial class Replay
{
    /// <summary>The inodes, and in which run one is an entry; -1 for none.</summary>
    private readonly List<(Ino Ino, int Run)> _aheadInos = [];
    private readonly List<NodeId> _aheadNodes = [];

    /// <summary>Wherever the batch tells of a dirfrag that was changed: how many new entries come for that in a row, less the
    /// names that go.</summary>
    private readonly List<(Ino Ino, uint Frag, int Entries)> _runs = [];

    /// <summary>The run that is next.</summary>
    private int _run;

    /// <summary>Entries that come in a row for the dirfrag at hand, the next included; may be less than 1.</summary>
    private int _coming = 1;

    /// <summary>Applies a batch's events.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="position">Position of the last event applied.</param>
    /// <returns>Null, or what is wrong with the event there.</returns>
    public string? Apply(LogBatch batch, out long position)
    {
        LookAhead(batch);
        string? problem = null;
        position = 0;
        for (int i = 0; i < batch.Count && problem is null; i++)
        {
            position = batch[i].Position;
            problem = Apply(batch.BytesOf(i), position);
        }

        _runs.Clear();
        return problem;
    }

    /// <summary>Entries that come in a row for the dirfrag that the batch tells of next; 1 outside of a batch.</summary>
    private int NextRun()
    {
        if (_run >= _runs.Count)
            return 1;
        int entries = _runs[_run++].Entries;
        // Larger pages than there are records for would be taken from those who have to come yet.
        return entries > 1 && cache.Pool.BytesUsed < RoomyBytes / 2 ? entries : 1;
    }

    private void LookAhead(LogBatch batch)
    {
        _aheadInos.Clear();
        _aheadNodes.Clear();
        _runs.Clear();
        _run = 0;
        for (int i = 0; i < batch.Count; i++)
            Note(batch.BytesOf(i));
        Span<(Ino Ino, uint Frag, int Entries)> runs = CollectionsMarshal.AsSpan(_runs);
        foreach ((Ino ino, _) in _aheadInos)
            cache.FetchCell(ino);
        CountNew(runs);
        foreach (NodeId node in _aheadNodes)
            cache.FetchPage(node);
        foreach (NodeId node in _aheadNodes)
            cache.FetchRecord(node);
        for (int i = runs.Length - 2; i >= 0; i--)
        {
            ref readonly (Ino Ino, uint Frag, int Entries) next = ref runs[i + 1];
            if (runs[i].Ino == next.Ino && runs[i].Frag == next.Frag)
                runs[i].Entries += next.Entries;
        }
    }

    /// <summary>Finds the nodes of the inodes, and counts those that have none, each once for the runs of its dirfrag that follow
    /// each other: numbers are given out in ascending order, and what is told again has one that was seen.</summary>
    private void CountNew(Span<(Ino Ino, uint Frag, int Entries)> runs)
    {
        (Ino Ino, uint Frag) dir = default;
        Ino greatest = default;
        foreach ((Ino ino, int run) in _aheadInos)
        {
            NodeId node = cache.GuessNode(ino);
            if (!node.IsNone)
            {
                _aheadNodes.Add(node);
                continue;
            }

            if (run < 0)
                continue;
            if (dir != (runs[run].Ino, runs[run].Frag))
                (dir, greatest) = ((runs[run].Ino, runs[run].Frag), default);
            if (ino.CompareTo(greatest) <= 0)
                continue;
            greatest = ino;
            runs[run].Entries++;
        }
    }

    /// <summary>Notes the inodes and the runs that an event tells of.</summary>
    private void Note(ReadOnlySpan<byte> bytes)
    {
        int run = -1;
        EventReader reader = new(bytes);
        while (reader.Read())
        {
            if (reader.Part.Tag == EventTag.Entry)
            {
                NoteIno(InoOf(reader.Body), run);
            }
            else if (reader.Part.Tag == EventTag.Removed && run >= 0)
            {
                CollectionsMarshal.AsSpan(_runs)[run].Entries--;
            }
            else if (reader.Part.Tag == EventTag.Dir && reader.TryTake(out DirPart part, out _))
            {
                run = -1;
                if ((reader.Part.Flags & DirPart.IsContext) != 0)
                    continue;
                NoteIno(part.Ino, -1);
                run = _runs.Count;
                _runs.Add((part.Ino, part.Frag, 0));
            }
        }
    }

    private void NoteIno(Ino ino, int run)
    {
        int count = _aheadInos.Count;
        bool isNoted = (count > 0 && _aheadInos[count - 1].Ino == ino) || (count > 1 && _aheadInos[count - 2].Ino == ino);
        if (!isNoted && !ino.IsNone)
            _aheadInos.Add((ino, run));
    }
}
