namespace Engine.Bench.Migration;

/// <summary>One way of bringing directories of <see cref="SampleDirectory.Entries"/> entries over a connection.</summary>
internal abstract class WireContender(string name) : IDisposable
{
    /// <summary>Directories that are sent in turn: more than the processor's caches hold.</summary>
    protected const int Directories = 48;

    /// <summary>Who it is, as the tables say it.</summary>
    public string Name { get; } = name;

    /// <summary>Threads that send beside the caller, and that receive, by the first letters of their names.</summary>
    public abstract (string Sending, string Receiving) Threads { get; }

    /// <summary>Bytes of a directory as they are sent.</summary>
    public abstract long DirectoryBytes { get; }

    /// <summary>Bytes of directories that were copied so far between being made and being taken.</summary>
    public virtual long PayloadBytesCopied => 0;

    /// <summary>Sends so many, and comes back when all have arrived.</summary>
    public abstract void Run(int directories);

    public abstract void Dispose();
}
