namespace Engine.Bench.Data;

/// <summary>One way of doing the operation in question.</summary>
internal abstract class Contender(string name) : IDisposable
{
    /// <summary>Who it is, as the tables say it.</summary>
    public string Name { get; } = name;

    /// <summary>Does so many operations; the loop is inside, so that the call costs nothing per operation.</summary>
    public abstract void Run(int operations);

    public virtual void Dispose()
    {
    }
}
