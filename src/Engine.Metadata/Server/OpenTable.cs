using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Which inodes clients have open, and how often: an inode without names lives on while one does.</summary>
internal sealed class OpenTable
{
    private readonly Dictionary<(ClientId Client, Ino Ino), int> _opens = [];
    private readonly Dictionary<Ino, int> _counts = [];

    /// <summary>Does any client have it open?</summary>
    public bool IsOpen(Ino ino) => _counts.ContainsKey(ino);

    /// <summary>Counts an open.</summary>
    public void Add(ClientId client, Ino ino)
    {
        _opens[(client, ino)] = _opens.GetValueOrDefault((client, ino)) + 1;
        _counts[ino] = _counts.GetValueOrDefault(ino) + 1;
    }

    /// <summary>Counts a close; false where the client does not have it open.</summary>
    public bool TryRemove(ClientId client, Ino ino)
    {
        if (!_opens.TryGetValue((client, ino), out int opens))
            return false;
        if (opens > 1)
            _opens[(client, ino)] = opens - 1;
        else
            _opens.Remove((client, ino));
        int count = _counts[ino] - 1;
        Invariant.That(count >= 0);
        if (count > 0)
            _counts[ino] = count;
        else
            _counts.Remove(ino);
        return true;
    }
}
