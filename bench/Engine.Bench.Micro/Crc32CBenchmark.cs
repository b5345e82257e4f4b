using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using Engine.Buffers;

namespace Engine.Bench.Micro;

/// <summary>How much faster than one crc32 chain is the path that <see cref="Crc32C.Append"/> takes? Three streams below 256
/// bytes, folding from there on, where the processor can.</summary>
public class Crc32CBenchmark
{
    private byte[] _bytes = [];

    /// <summary>Bytes summed per call.</summary>
    [Params(128, 512, 4096, 65536)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bytes = new byte[Length];
        new SeededRandom(1).NextBytes(_bytes);
    }

    [Benchmark(Baseline = true)]
    public uint Serial()
    {
        if (!Sse42.X64.IsSupported)
            return 0;
        ulong crc = uint.MaxValue;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(_bytes))
            crc = Sse42.X64.Crc32(crc, word);
        return ~(uint)crc;
    }

    [Benchmark]
    public uint Append() => Crc32C.Append(0, _bytes);
}
