// What is left of a journal that has lost its head. Parts of it may be missing or damaged, and parts of it may have been let go
// before: which, nobody knows.
//
// Events have numbers without gaps, so a gap is seen. Behind it the next event with which a journal can begin begins another
// part: such an event, and what follows it, needs nothing that came before. What lies between names what is lost. Each part is
// replayed by itself, and of what they and the objects say of a directory the newest is right (Salvage).
// A former part that the objects know all of was let go, or might have been: it is left out, since what it has and they have no
// more was removed later.
using System.Text;

namespace Engine.Metadata;

/// <content>A journal in parts.</content>
public sealed unsafe partial class NamespaceRepair
{
    private readonly List<List<FormerPiece>> _formerParts = [];

    /// <summary>Number of the newest event that was seen.</summary>
    private long _seenSeq;

    /// <summary>The next event can be applied, if it follows.</summary>
    private bool _isInPart;
    private bool _hasGap;
    private string? _partProblem;

    /// <summary>Takes the next event that is left of a journal of which others may be missing, in order. What is behind a gap,
    /// and cannot be applied, names what is lost.</summary>
    /// <param name="bytes">The event.</param>
    /// <param name="position">Where it is.</param>
    /// <returns>Was it applied?</returns>
    public bool TrySalvage(ReadOnlySpan<byte> bytes, long position)
    {
        EventReader reader = new(bytes);
        if (reader.Problem is not null)
        {
            Tell(Text($"journal: the event at position {position} is damaged: {reader.Problem}"));
            return false;
        }

        Follow(reader.Header.Seq);
        if (!_isInPart && reader.Header.Kind == EventKind.SubtreeMap)
            BeginPart();
        if (_isInPart)
        {
            string? problem = _replay.Apply(bytes, position);
            if (problem is null)
            {
                if (_lost.Count > 0)
                    Note(bytes, isLost: false);
                return true;
            }

            if (_replay.LacksMemory)
                _partProblem ??= NoMemory;
            Tell(Text($"journal: the event at position {position} is damaged: {problem}"));
            (_isInPart, _hasGap) = (false, true);
        }

        Note(bytes, isLost: true);
        return false;
    }

    private void Follow(long seq)
    {
        if (_seenSeq != 0 && seq != _seenSeq + 1)
        {
            _hasGap = true;
            _isInPart = false;
            if (seq > _seenSeq)
                Tell(Text($"journal: events {_seenSeq + 1} to {seq - 1} are not there; ")
                    + "lost: what they changed, where it had not been written to the objects");
        }

        _seenSeq = Math.Max(_seenSeq, seq);
    }

    private void BeginPart()
    {
        _isInPart = true;
        if (_replay.Events == 0)
            return;
        _partProblem ??= TakeBackHalfDone();
        Later(_replay.NextIno);
        List<FormerPiece> part = [];
        foreach ((Dir dir, SalvagedPiece piece) in _salvage.PiecesOf(_cache))
            part.Add(new FormerPiece(dir.Name.Ino, piece, dir.IsDirty));
        _formerParts.Add(part);
        _cache.Dispose();
        _pages.Dispose();
        Begin();
    }

    /// <summary>Adds the former parts of which the objects do not know all; behind the objects.</summary>
    private void AddFormerParts()
    {
        HashSet<Ino> named = _formerParts.Count == 0 ? [] : _salvage.StoredDirectories();
        foreach (List<FormerPiece> part in _formerParts)
        {
            if (!part.Exists(item => item.IsChanged && IsNews(item, named)))
                continue;
            foreach (FormerPiece item in part)
                _salvage.DirOf(item.Dir).Add(item.Piece);
        }
    }

    /// <summary>Names of events that could not be applied, and that nothing else has: those of which no newer object of their
    /// directory says that they were removed later.</summary>
    private void TellNotApplied()
    {
        HashSet<Ino> lost = [];
        HashSet<Ino> made = [.. _lost.Values.Select(name => name.Ino)];
        foreach (((Ino dir, string name), LostName what) in _lost)
        {
            SalvagedDir home = _salvage.DirOf(dir);
            bool isKnown = home.IsKnown || home.IsDamaged;
            uint hash = NameHash.Of(Encoding.Latin1.GetBytes(name));
            bool isLost = isKnown ? !home.HasWritten(hash, what.Version) : made.Contains(dir) ? lost.Contains(dir) : what.HasGap;
            if (!isLost || _salvage.TryFind(what.Ino, out _))
                continue;
            lost.Add(what.Ino);
            string path = PathOf(dir, NameText.Show(Encoding.Latin1.GetBytes(name)));
            Tell($"{path}: lost: too much is gone of the part of the journal that made it");
        }
    }

    /// <summary>Is it of a directory whose object is older, or damaged, or missing?</summary>
    private bool IsNews(FormerPiece item, HashSet<Ino> named)
    {
        SalvagedDir dir = _salvage.DirOf(item.Dir);
        if (dir.IsStored || dir.IsDamaged)
            return !dir.HasWritten(item.Piece.Frag, item.Piece.Record.Version);
        return item.Dir.IsBase || named.Contains(item.Dir);
    }

    /// <param name="Ino">What the name led to.</param>
    /// <param name="Version">The directory's version then.</param>
    /// <param name="HasGap">It stands behind a gap of the journal.</param>
    private readonly record struct LostName(Ino Ino, ulong Version, bool HasGap);

    /// <param name="Dir">The directory.</param>
    /// <param name="Piece">What a former part says of it.</param>
    /// <param name="IsChanged">The part changed it, and does not only lead to what is below.</param>
    private sealed record FormerPiece(Ino Dir, SalvagedPiece Piece, bool IsChanged);
}
