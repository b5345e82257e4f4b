namespace Engine.Bench.Data;

/// <summary>What one slice gave.</summary>
/// <param name="RequestsPerSecond">Requests completed per second.</param>
/// <param name="CpuMicroseconds">Processor time per request, kernel workers included.</param>
/// <param name="ProcessMicroseconds">Processor time per request of the process alone.</param>
internal readonly record struct DeviceSample(double RequestsPerSecond, double CpuMicroseconds, double ProcessMicroseconds);
