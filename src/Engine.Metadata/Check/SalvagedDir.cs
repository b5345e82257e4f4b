using System.Text;

namespace Engine.Metadata;

/// <summary>A directory as its sources together have it: of two that speak of the same part, the one of the higher version is
/// right; where they are equal, the journal.</summary>
internal sealed class SalvagedDir(Ino ino)
{
    private readonly List<SalvagedPiece> _pieces = [];

    public Ino Ino => ino;

    /// <summary>Its names, by their bytes as text.</summary>
    public SortedDictionary<string, SalvagedEntry> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>An object of it was read.</summary>
    public bool IsStored => _pieces.Exists(piece => piece.IsStored);

    /// <summary>Something says that it exists.</summary>
    public bool IsKnown => _pieces.Count > 0;

    /// <summary>An object of it is there and cannot be used.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>What the newest source says of the directory itself; its version is the highest of all.</summary>
    public DirRecord Newest { get; private set; }

    public static string KeyOf(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);

    public void Add(SalvagedPiece piece) => _pieces.Add(piece);

    /// <summary>Directories that its objects have a name for.</summary>
    public IEnumerable<Ino> StoredDirectories => _pieces.Where(piece => piece.IsStored)
        .SelectMany(piece => piece.Entries).Where(entry => entry.IsDirectory).Select(entry => entry.Ino);

    /// <summary>Was a part of it, as it was in a version, written to the objects?</summary>
    public bool HasWritten(Frag frag, ulong version)
    {
        List<SalvagedPiece> stored = _pieces.FindAll(
            piece => piece.IsStored && (piece.Frag.Contains(frag) || frag.Contains(piece.Frag)));
        return stored.Count > 0 && stored.TrueForAll(piece => piece.Record.Version >= version);
    }

    /// <summary>The same of a name, by its hash.</summary>
    public bool HasWritten(uint hash, ulong version) =>
        _pieces.Exists(piece => piece.IsStored && piece.Frag.Contains(hash) && piece.Record.Version >= version);

    /// <summary>Puts the sources together.</summary>
    /// <param name="dropped">Takes names that the journal has and a newer object has no more.</param>
    public void Merge(List<(SalvagedDir Dir, SalvagedEntry Entry)> dropped)
    {
        SalvagedPiece[] pieces = [.. _pieces.OrderBy(piece => piece.Record.Version).ThenBy(piece => !piece.IsStored)];
        if (pieces.Length > 0)
            Newest = pieces[^1].Record;
        Dictionary<string, int> sources = new(StringComparer.Ordinal);
        for (int index = 0; index < pieces.Length; index++)
        {
            foreach (SalvagedEntry entry in pieces[index].Entries)
            {
                string key = KeyOf(entry.Name);
                bool hides = entry.IsContext && (Names.ContainsKey(key) || Covers(pieces, -1, entry.Name));
                if (hides)
                    continue;
                Names[key] = entry;
                sources[key] = index;
            }
        }

        foreach ((string key, int source) in sources.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            SalvagedEntry entry = Names[key];
            bool isOld = !entry.IsGone && Covers(pieces, source, entry.Name);
            if (isOld && !pieces[source].IsStored)
                dropped.Add((this, entry));
            if (isOld || entry.IsGone)
                Names.Remove(key);
        }
    }

    /// <summary>Does a later whole source speak of the part in which the name belongs?</summary>
    private static bool Covers(SalvagedPiece[] pieces, int source, byte[] name)
    {
        uint hash = NameHash.Of(name);
        for (int index = source + 1; index < pieces.Length; index++)
        {
            if (pieces[index].IsWhole && pieces[index].Frag.Contains(hash))
                return true;
        }

        return false;
    }
}
