namespace Engine.Bench.Data;

/// <summary>4 KiB random requests at one depth.</summary>
internal sealed record DeviceJob(bool IsWrite, int Depth)
{
    /// <summary>fio's name of the pattern.</summary>
    public string Pattern => IsWrite ? "randwrite" : "randread";

    public override string ToString() => $"4 KiB random {(IsWrite ? "write" : "read")}, depth {Depth}";
}
