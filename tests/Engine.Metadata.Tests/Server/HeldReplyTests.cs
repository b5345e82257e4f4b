using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>An answer tells nothing that a crash could take back.</summary>
public sealed class HeldReplyTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose() => _rank.Dispose();

    [Fact]
    public void AListingOfOnePart_WaitsForWhatItTellsOfTheOthers()
    {
        _rank.Call(ClientOp.MakeDirectory, "/d");
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Fragment, "/d", request => request with { SplitBits = 1 }).Error);
        ulong creation = _rank.Submit(Ask(ClientOp.Create, "/d/" + NameInTheLastPart()));
        Assert.Single(_rank.RepliesTo(creation));
        ulong listing = _rank.Submit(Ask(ClientOp.ReadDirectory, "/d"));
        Assert.Empty(_rank.RepliesTo(listing));
        _rank.Run();
        Assert.Equal(1, Assert.Single(_rank.RepliesTo(listing)).Stat.Size);
    }

    [Fact]
    public void ThatADirectoryIsNotEmpty_WaitsForWhatIsInIt()
    {
        _rank.Call(ClientOp.MakeDirectory, "/d");
        _rank.Submit(Ask(ClientOp.Create, "/d/f"));
        ulong removal = _rank.Submit(Ask(ClientOp.RemoveDirectory, "/d"));
        Assert.Empty(_rank.RepliesTo(removal));
        _rank.Run();
        Assert.Equal(IoError.NotEmpty, Assert.Single(_rank.RepliesTo(removal)).Error);
    }

    private static ClientRequest Ask(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private static string NameInTheLastPart() =>
        Enumerable.Range(0, 1000).Select(i => i.ToString(CultureInfo.InvariantCulture))
            .First(name => NameHash.Of(Encoding.UTF8.GetBytes(name)) > Frag.HashMax / 2);
}
