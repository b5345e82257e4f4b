namespace Engine.Buffers.Tests;

/// <summary>Runs alone: list objects are shared by the process, and other tests' lists would have to warm up here.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTestsAlone;
