using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Fills and empties one directory through a rank, and knows what must be in it: of what was not acknowledged as safe
/// before a cut, either outcome is right.</summary>
internal sealed class FragmentScript(RankHarness rank)
{
    private readonly SortedSet<string> _safe = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = [];
    private bool _mayExist;

    /// <summary>The directory.</summary>
    public const string Directory = "/d";

    /// <summary>Names that are there for sure.</summary>
    public IReadOnlySet<string> Safe => _safe;

    /// <summary>Makes the directory and entries in it, splits and merges it, and empties it again; ends early at a cut.</summary>
    public bool Run(int entries)
    {
        _mayExist = true;
        if (!Do(ClientOp.MakeDirectory, Directory))
            return false;
        for (int i = 0; i < entries; i++)
        {
            if (!Make($"f{i}"))
                return false;
        }

        if (!Divide(Frag.Root, 0) || !Divide(Frag.Root, 2))
            return false;
        for (int i = 0; i < entries; i++)
        {
            if (i % 5 != 0 && !Remove($"f{i}"))
                return false;
        }

        return true;
    }

    /// <summary>What is there is what must be.</summary>
    public void Check(string when)
    {
        List<string> listed = [];
        FileStat stat = rank.Call(ClientOp.Lookup, Directory).Stat;
        if (stat.Type == InodeType.Directory)
            listed = rank.List(Directory);
        Assert.True(stat.Type == InodeType.Directory || (_mayExist && _safe.Count == 0));
        Assert.Equal(listed.Distinct(), listed);
        Assert.True(_safe.IsSubsetOf(listed), $"{when}: {string.Join(' ', _safe.Except(listed))} is lost");
        Assert.Empty(listed.Except(_safe).Except(_open));
        Assert.Equal(listed.Count, stat.Type == InodeType.Directory ? stat.Size : 0);
        foreach (string name in listed)
            Assert.Equal(IoError.None, rank.Call(ClientOp.Lookup, $"{Directory}/{name}").Error);
    }

    /// <summary>Divides by request; false after a cut.</summary>
    public bool Divide(Frag frag, int splitBits)
    {
        ClientRequest request = new(0, ClientOp.Fragment)
        {
            Path = Encoding.UTF8.GetBytes(Directory), Fragment = frag, SplitBits = splitBits,
        };
        ulong tid = rank.Submit(request);
        rank.Run();
        return rank.RepliesTo(tid).Count > 0;
    }

    private bool Make(string name)
    {
        _open.Add(name);
        if (!Do(ClientOp.Create, $"{Directory}/{name}"))
            return false;
        _open.Remove(name);
        _safe.Add(name);
        return true;
    }

    private bool Remove(string name)
    {
        _safe.Remove(name);
        _open.Add(name);
        if (!Do(ClientOp.Unlink, $"{Directory}/{name}"))
            return false;
        _open.Remove(name);
        return true;
    }

    private bool Do(ClientOp op, string path)
    {
        ulong tid = rank.Submit(new ClientRequest(0, op) { Path = Encoding.UTF8.GetBytes(path) });
        rank.Run();
        ClientReply? reply = rank.RepliesTo(tid).LastOrDefault(item => item.IsSafe);
        if (reply is null)
            return false;
        Assert.Equal(IoError.None, reply.Error);
        return true;
    }
}
