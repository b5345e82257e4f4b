using System.IO.Pipelines;

namespace Engine.Stores.Tests;

/// <summary>The contract again with completions on other threads.</summary>
public sealed class ScheduledMemoryStoreTests : ObjectBackendContract
{
    protected override Subject Open()
    {
        var store = new MemoryStore(new MemoryStoreOptions { Scheduler = PipeScheduler.ThreadPool });
        return new Subject(store, "memory", store);
    }
}
