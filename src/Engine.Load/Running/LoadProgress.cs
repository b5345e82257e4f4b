using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>How far a run has come.</summary>
/// <param name="Name">The jobs that run.</param>
/// <param name="Elapsed">Since their start.</param>
/// <param name="Requests">Reads and writes so far.</param>
/// <param name="Bytes">Bytes moved so far.</param>
/// <param name="RequestsPerSecond">Since the last call.</param>
/// <param name="Share">Share of the run that is over, 0 to 1.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LoadProgress(
    string Name, TimeSpan Elapsed, long Requests, long Bytes, double RequestsPerSecond, double Share)
{
    /// <summary>Writes of the cache that the device has refused since the volume was opened. Their data stays in the cache and is
    /// written again; a run that waits for that room stands still until the device takes it.</summary>
    public long RefusedWrites { get; init; }
}
