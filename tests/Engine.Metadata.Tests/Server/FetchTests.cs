using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Directories that cannot be read now.</summary>
public sealed class FetchTests : IDisposable
{
    private readonly RankHarness _rank = new RankHarness().Start();

    public void Dispose() => _rank.Dispose();

    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    public void AReadThatFails_IsNoDamage_AndIsMadeAgain(int errno)
    {
        var error = new IoError(errno);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, "/d").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/f").Error);
        for (int life = 0; life < 2; life++)
        {
            // A life begins with what the last segment of the one before names.
            _rank.Rank.Stop();
            _rank.Run();
            _rank.Crash();
            _rank.Start();
        }

        _rank.GatedStore.ReadFailure = error;
        Assert.Equal(error, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Equal(error, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Empty(_rank.Rank.Damage);
        _rank.GatedStore.ReadFailure = IoError.None;
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Lookup, "/d/f").Error);
        Assert.Equal(IoError.None, _rank.Call(ClientOp.Create, "/d/g").Error);
    }
}
