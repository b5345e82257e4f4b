namespace Engine.Bench.Data;

/// <summary>4 KiB random requests at one depth; a blocking caller has a depth of 1.</summary>
internal sealed record DeviceJob(bool IsWrite, int Depth, bool Blocks = false)
{
    /// <summary>fio's name of the pattern.</summary>
    public string Pattern => IsWrite ? "randwrite" : "randread";

    public override string ToString() =>
        $"4 KiB random {(IsWrite ? "write" : "read")}, {(Blocks ? "one blocking caller" : $"depth {Depth}")}";
}
