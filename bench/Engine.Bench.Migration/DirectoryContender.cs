namespace Engine.Bench.Migration;

/// <summary>One way of doing something to a directory of <see cref="SampleDirectory.Entries"/> entries; only
/// <see cref="Run"/> is timed.</summary>
internal abstract class DirectoryContender(string name) : IDisposable
{
    /// <summary>Who it is, as the tables say it.</summary>
    public string Name { get; } = name;

    /// <summary>Lays out what the turn needs.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Does it once, for one directory.</summary>
    public abstract void Run();

    /// <summary>Puts away what the turn left.</summary>
    public virtual void Clean()
    {
    }

    public virtual void Dispose()
    {
    }
}
