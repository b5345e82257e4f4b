using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>The directory that every contender works on: files with a few links, symbolic links and attributes, drawn from a
/// seed.</summary>
internal static class SampleDirectory
{
    public const int Entries = 1000;
    public const ulong Version = 1 << 20;
    public const byte RegularType = 8;
    private const ulong Seed = 20_26;
    private const long Time = 1_700_000_000_000_000_000;
    private const uint SymlinkMode = 0xA1FF;
    private const uint FileMode = 0x81A4;

    public static DirFrag Of { get; } = new(Ino.Root, Frag.Root);

    public static SampleEntry[] Values { get; } = Make();

    private static SampleEntry[] Make()
    {
        var random = new SeededRandom(Seed);
        var entries = new SampleEntry[Entries];
        for (int i = 0; i < entries.Length; i++)
            Make(random, i, ref entries[i]);
        return entries;
    }

    private static void Make(SeededRandom random, int index, ref SampleEntry entry)
    {
        entry.Name = Encoding.UTF8.GetBytes($"file-{index:0000000}.{(char)('a' + random.NextInt(26))}");
        entry.Hash = NameHash.Of(entry.Name);
        entry.Version = (ulong)random.NextInt((int)Version);
        entry.RemoteIno = random.NextInt(50) == 0 ? 5_000_000 + (ulong)index : 0;
        if (entry.RemoteIno != 0)
            return;
        bool isLink = random.NextInt(20) == 0;
        entry.Ino = 1_000_000 + (ulong)index;
        entry.Mode = isLink ? SymlinkMode : FileMode;
        entry.Uid = 1000;
        entry.Gid = 1000;
        entry.LinkCount = 1;
        entry.Size = (ulong)random.NextInt(1 << 20);
        entry.Mtime = Time + random.NextInt(1 << 30);
        entry.Atime = Time + random.NextInt(1 << 30);
        entry.Ctime = Time + random.NextInt(1 << 30);
        entry.Btime = Time;
        entry.ChangeAttr = (ulong)random.NextInt(100);
        entry.Symlink = isLink ? Encoding.UTF8.GetBytes($"../some/where/else/file-{index}") : null;
        entry.XattrName = random.NextInt(50) == 0 ? "user.note" : null;
        entry.XattrValue = entry.XattrName is null ? null : Encoding.UTF8.GetBytes("a short remark on " + index);
        entry.HasReplica = random.NextInt(10) == 0;
    }
}
