using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <content>Parts and versions that no reader knows, and exchanges that cannot be.</content>
public sealed partial class BadEventTests
{
    private const string NoDirFrag = "names no dirfrag, or no name";
    private const string NotHere = "exchanges a name that does not belong here";
    private const string InItself = "exchanges a directory with what lies in it";

    private delegate byte[] Exchanged(Ino directory);

    private static Dictionary<string, (string Problem, bool IsText, Exchanged Make)> Exchanges { get; } =
        new(StringComparer.Ordinal)
    {
        ["too short"] = ("part Exchange at byte 0 is too short", false, _ => new byte[ExchangePart.Bytes - 1]),
        ["no first dirfrag"] = (NoDirFrag, false, _ => Exchange(NoFrag, "f", InRoot, "g")),
        ["no second dirfrag"] = (NoDirFrag, false, _ => Exchange(InRoot, "f", NoFrag, "g")),
        ["a name shorter than none"] = (NoDirFrag, false, _ => Exchange(InRoot, "f", InRoot, "g", -1)),
        ["a name longer than both"] = (NoDirFrag, false, _ => Exchange(InRoot, "f", InRoot, "g", 3)),
        ["no first name"] = (NotHere, true, _ => Exchange(InRoot, "", InRoot, "g")),
        ["no second name"] = (NotHere, true, _ => Exchange(InRoot, "f", InRoot, "g", 2)),
        ["a first name that is none"] = (NotHere, true, _ => Exchange(InRoot, "f/g", InRoot, "g")),
        ["a second name that is none"] = (NotHere, true, _ => Exchange(InRoot, "f", InRoot, "..")),
        ["an unknown directory"] = ("directory 0x4d2 is not known", true, _ => Exchange(Dir(new Ino(1234)), "f", InRoot, "g")),
        ["a directory and what is in it"] = (InItself, true, directory => Exchange(InRoot, "d", Dir(directory), "e")),
        ["what is in a directory and it"] = (InItself, true, directory => Exchange(Dir(directory), "e", InRoot, "d")),
        ["a directory and a name in it that is not there"] =
            (InItself, true, directory => Exchange(InRoot, "d", Dir(directory), "none")),
        ["itself"] = ("exchanges a name with itself", true, _ => Exchange(InRoot, "f", InRoot, "f")),
    };

    public static TheoryData<string> ExchangeNames { get; } = [.. Exchanges.Keys];

    private static DirPart InRoot => Dir(Ino.Root);

    private static DirPart NoFrag => new() { Ino = Ino.Root, Frag = uint.MaxValue };

    /// <summary>What follows an unknown part may mean something else without it: it is never passed over.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void APartOfNoKnownKind_IsRefused(byte version)
    {
        const EventTag Unknown = (EventTag)99;
        using RankHarness rank = new RankHarness().Start();
        Assert.Equal(IoError.None, rank.Call(ClientOp.Create, "/f").Error);
        List<byte[]> events = EventsOf(rank);
        events[^1] = OfVersion(events[^1], version);
        Assert.Null(Replayed(events));
        events[^1] = OfVersion(With(events[^1], Unknown, "what"u8), version);
        using var text = new StringWriter();
        Assert.True(JournalText.Write(events[^1], 1, text));
        Assert.EndsWith("  unknown part 99, 4 bytes\n", text.ToString(), StringComparison.Ordinal);
        Assert.StartsWith(
            "of no kind that this Engine knows; a newer one may have written it, part 99 at byte ", Replayed(events),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnEventOfANewerVersion_IsRefused()
    {
        using RankHarness rank = new RankHarness().Start();
        List<byte[]> events = EventsOf(rank);
        byte newer = EventHeader.VersionValue + 1;
        events[^1] = OfVersion(events[^1], newer);
        Assert.Equal(
            $"of version {newer}: a newer Engine wrote it; this one reads up to {EventHeader.VersionValue}", Replayed(events));
    }

    /// <summary>A reader that does not know a part must refuse the event that has it: who adds a kind adds a version.</summary>
    [Fact]
    public void TheNewestPartBelongsToTheNewestVersion() =>
        Assert.Equal((7, EventTag.Moved), (EventHeader.VersionValue, Enum.GetValues<EventTag>().Max()));

    /// <summary>What an exchange cannot be is said by a replay, and by the text of the journal, as far as it is seen without a
    /// namespace.</summary>
    [Theory]
    [MemberData(nameof(ExchangeNames))]
    public void AnExchangeThatCannotBe_IsRefused(string way)
    {
        (string problem, bool isText, Exchanged make) = Exchanges[way];
        using RankHarness rank = new RankHarness().Start();
        Ino directory = rank.Call(ClientOp.MakeDirectory, "/d").Stat.Ino;
        foreach (string path in (string[])["/d/e", "/f", "/g"])
            Assert.Equal(IoError.None, rank.Call(ClientOp.Create, path).Error);
        List<byte[]> events = EventsOf(rank);
        byte[] sound = events[^1];
        events[^1] = With(sound, EventTag.Exchange, Exchange(InRoot, "f", InRoot, "g"));
        Assert.Null(Replayed(events));
        events[^1] = With(sound, EventTag.Exchange, make(directory));
        Assert.Contains(problem.Replace("byte 0", $"byte {sound.Length}", StringComparison.Ordinal), Replayed(events),
            StringComparison.Ordinal);
        using var text = new StringWriter();
        JournalText.Write(events[^1], 1, text);
        Assert.Equal(!isText, text.ToString().Split('\n').Contains("  damaged"));
    }

    private static DirPart Dir(Ino of) => new(new DirFrag(of, Frag.Root));

    private static byte[] Exchange(DirPart one, string name, DirPart other, string otherName, int? nameBytes = null)
    {
        ExchangePart part = new() { One = one, Other = other, OneNameBytes = nameBytes ?? name.Length };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ExchangePart>(in part)), .. Encoding.UTF8.GetBytes(name + otherName)];
    }

    private static byte[] OfVersion(byte[] bytes, byte version)
    {
        byte[] copy = [.. bytes];
        EventHeader header = MemoryMarshal.Read<EventHeader>(copy);
        header.Version = version;
        MemoryMarshal.Write(copy, header);
        return copy;
    }

    /// <summary>The event with one more part.</summary>
    private static byte[] With(byte[] bytes, EventTag tag, ReadOnlySpan<byte> body, ushort flags = 0)
    {
        EventPart part = new() { Tag = tag, Flags = flags, Length = body.Length };
        byte[] more = new byte[bytes.Length + part.Stride];
        bytes.CopyTo(more, 0);
        MemoryMarshal.Write(more.AsSpan(bytes.Length), part);
        body.CopyTo(more.AsSpan(bytes.Length + EventPart.Bytes));
        return more;
    }
}
