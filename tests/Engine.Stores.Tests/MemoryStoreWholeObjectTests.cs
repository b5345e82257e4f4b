using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;

namespace Engine.Stores.Tests;

public sealed class MemoryStoreWholeObjectTests : WholeObjectContract
{
    [Fact]
    public void AFullStoreKeepsTheOldObject()
    {
        using var store = new MemoryStore(new MemoryStoreOptions { BytesMax = 128 << 10 });
        using var harness = new ObjectHarness(store);
        byte[] old = Pattern(1, 100_000);
        Assert.Equal(IoResult.Ok(old.Length), harness.Replace("a", old));
        Assert.Equal(IoError.NoSpace, harness.Replace("a", new byte[200_000]).Error);
        Assert.Equal(old, harness.Read("a"));
        Assert.Equal(IoResult.Ok(1), harness.Replace("a", [1]));
        Assert.Equal(64 << 10, store.BytesUsed);
    }

    [Fact]
    public void AStoreThatClaimsNoReplaceRefusesIt()
    {
        using var store = new MemoryStore(new MemoryStoreOptions { Capabilities = new BackendCapabilities() });
        using var harness = new ObjectHarness(store);
        Assert.Equal(IoError.NotSupported, harness.Replace("a", [1]).Error);
    }

    protected override Subject Open()
    {
        var store = new MemoryStore();
        return new Subject(store, store);
    }
}
