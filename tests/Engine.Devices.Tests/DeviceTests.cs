namespace Engine.Devices.Tests;

/// <summary>Device tests count threads and allocations of the whole process, so they run one after another.</summary>
[CollectionDefinition(nameof(DeviceTests), DisableParallelization = true)]
public sealed class DeviceTests
{
}
