using System.Text;
using Engine.Buffers;
using Engine.Testing;

namespace Engine.Metadata.Tests;

/// <summary>A page pool over diagnostic pools, and a directory to put pages into.</summary>
internal sealed class PageFixture : IDisposable
{
    private readonly DiagnosticPool[] _pools = new DiagnosticPool[PageSize.ClassCount];

    public PageFixture(long bytesMax = 16 << 20, int blocks = 512)
    {
        var pools = new BufferPool[PageSize.ClassCount];
        for (int i = 0; i < pools.Length; i++)
        {
            _pools[i] = new DiagnosticPool(blocks, PageSize.Of(i), quarantineBlocks: 16, stackEvery: 64);
            pools[i] = _pools[i].Pool;
        }

        Pool = new MetadataPagePool(pools, bytesMax);
    }

    public MetadataPagePool Pool { get; }

    public static DirFrag Frag { get; } = new(new Ino(0x1234), Metadata.Frag.Root);

    public PageChain NewChain(IRecordMoves? moves = null) =>
        PageChain.TryCreate(Pool, PageKind.Dirfrag, Frag, epoch: 7, moves) ?? throw new InvariantException("no page");

    /// <summary>The <paramref name="index"/>th name, 16 bytes long.</summary>
    public static byte[] Name(int index) => Encoding.UTF8.GetBytes($"file-{index:00000000000}");

    public static byte[] Bytes(ulong seed, int length)
    {
        var bytes = new byte[length];
        new SeededRandom(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        Pool.Dispose();
        foreach (DiagnosticPool pool in _pools)
            pool.Dispose();
    }
}
