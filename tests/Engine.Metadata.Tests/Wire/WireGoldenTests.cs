using System.Globalization;
using System.Text;
using Engine.Testing.Wire;
using Xunit.Abstractions;

namespace Engine.Metadata.Tests;

/// <summary>The bytes of one message of each kind, and the numbers that stand for choices, as they were when programs began to
/// send them: a format changes by a new version only.</summary>
public sealed class WireGoldenTests(ITestOutputHelper output)
{
    private const string Resource = "Engine.Metadata.Tests.Wire.Golden.txt";
    private const int BytesPerLine = 32;

    private static readonly Type[] s_sent =
    [
        typeof(MessageKind), typeof(ClientOp), typeof(OpenFlags), typeof(InodeType), typeof(SessionEnd), typeof(DiscoverOutcome),
        typeof(RecordKind), typeof(ExtKind), typeof(CapBits), typeof(LockKind), typeof(LockAction), typeof(ClusterRankState),
    ];

    private static readonly IReadOnlyList<Type> s_types = MessageMaker.TypesOf(typeof(Message).Assembly);

    private readonly WireFixture _wire = new(MetadataFormats.Create());

    [Fact]
    public void NoFormatChangedUnseen()
    {
        var text = new StringBuilder();
        foreach (Type type in s_sent)
            Append(text, type);
        foreach (Message sample in MessageSamples.All)
            Append(text, sample);
        output.WriteLine(text.ToString());
        Assert.Equal(Golden(), text.ToString());
    }

    [Fact]
    public void ThereIsASampleOfEachKind_AndOldBytesAreReadAsItSays()
    {
        Assert.Equal(
            s_types,
            MessageSamples.All.Select(each => each.GetType()).OrderBy(type => type.Name, StringComparer.Ordinal));
        string golden = Golden();
        foreach (Message sample in MessageSamples.All)
        {
            string start = $"message {sample.GetType().Name}\n";
            int at = golden.IndexOf(start, StringComparison.Ordinal) + start.Length;
            int end = golden.IndexOf("\n\n", at, StringComparison.Ordinal);
            byte[] bytes = Convert.FromHexString(golden[at..end].Replace("\n", "", StringComparison.Ordinal));
            Assert.Null(DeepEquality.Difference(sample, _wire.Read(bytes)));
        }
    }

    [Fact]
    public void TheLayoutIsAsItIsSaidToBe() => Assert.Equal(
        (byte[])
        [
            37, 0, 1, 0, 59, 0, 0, 0,
            1, 16, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0,
            1, 0, 20, 0, 0, 0,
            5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0,
            1,
        ],
        _wire.Write(new CapImport(
            new Ino(0x1001), 2, 3, 4, CapBits.Pin, CapBits.AuthShared, new CapPeer(new RankId(5), 6, 7, 8), true)));

    private static string Golden()
    {
        using var reader = new StreamReader(typeof(WireGoldenTests).Assembly.GetManifestResourceStream(Resource)!);
        return reader.ReadToEnd();
    }

    private static void Append(StringBuilder text, Type type)
    {
        text.Append("enum ").Append(type.Name).Append('\n');
        foreach (string name in Enum.GetNames(type))
        {
            ulong value = Convert.ToUInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
        }

        text.Append('\n');
    }

    private void Append(StringBuilder text, Message sample)
    {
        text.Append("message ").Append(sample.GetType().Name).Append('\n');
        foreach (byte[] line in _wire.Write(sample).Chunk(BytesPerLine))
            text.Append(Convert.ToHexStringLower(line)).Append('\n');
        text.Append('\n');
    }
}
