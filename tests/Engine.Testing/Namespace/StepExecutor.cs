using Engine.Buffers;

namespace Engine.Testing.Namespace;

/// <summary>Runs steps on a namespace; holds the files that they opened, by their names in the script, until they are closed or
/// the namespace is emptied.</summary>
/// <param name="names">The namespace.</param>
public sealed class StepExecutor(INamespace names)
{
    private readonly Dictionary<string, int> _handles = [];

    /// <summary>Tells the namespace's times apart.</summary>
    public EpochClock Clock { get; } = new(names);

    /// <summary>The namespace.</summary>
    public INamespace Names => names;

    /// <summary>Empties the namespace and forgets everything. The root directory's times count as made after the first tick.
    /// </summary>
    /// <param name="tellsTimes">False where no time will be asked for; saves the wait for a tick.</param>
    public void Restart(bool tellsTimes = true)
    {
        names.Reset();
        _handles.Clear();
        Clock.Restart(tellsTimes);
        if (!tellsTimes)
            return;
        IoError error = names.SetTimes(Credential.Root, "/"u8, TimeChange.Now, TimeChange.Now, follow: true);
        Invariant.That(error.IsNone, "the root directory's times can be set");
    }

    /// <summary>Runs one step.</summary>
    public StepResult Run(Step step)
    {
        Credential who = step.Who;
        bool follow = !step.NoFollow;
        return step.Kind switch
        {
            StepKind.Tick => Tick(),
            StepKind.MakeDirectory => new(names.MakeDirectory(who, step.Path, step.Mode)),
            StepKind.Open => new(Open(step)),
            StepKind.Close => new(Close(step.Handle!)),
            StepKind.StatHandle => StatHandle(step.Handle!),
            StepKind.Link => new(names.Link(who, step.Path, step.Second)),
            StepKind.SymbolicLink => new(names.SymbolicLink(who, step.Second, step.Path)),
            StepKind.ReadLink => WithData(names.ReadLink(who, step.Path, out byte[] target), target),
            StepKind.Unlink => new(names.Unlink(who, step.Path)),
            StepKind.RemoveDirectory => new(names.RemoveDirectory(who, step.Path)),
            StepKind.Rename => new(names.Rename(who, step.Path, step.Second, step.RenameMode)),
            StepKind.Stat => WithStatus(names.Stat(who, step.Path, follow, out FileStatus status), status),
            StepKind.ReadDirectory => ReadDirectory(step),
            StepKind.ChangeMode => new(names.ChangeMode(who, step.Path, step.Mode)),
            StepKind.ChangeOwner => new(names.ChangeOwner(who, step.Path, step.Uid, step.Gid, follow)),
            StepKind.Truncate => new(names.Truncate(who, step.Path, step.Length)),
            StepKind.SetTimes => new(names.SetTimes(who, step.Path, step.Accessed, step.Modified, follow)),
            StepKind.SetXattr => new(names.SetXattr(who, step.Path, step.Name, step.Value, step.XattrMode, follow)),
            StepKind.GetXattr => WithData(names.GetXattr(who, step.Path, step.Name, follow, out byte[] value), value),
            StepKind.ListXattr => ListXattr(step),
            StepKind.RemoveXattr => new(names.RemoveXattr(who, step.Path, step.Name, follow)),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
    }

    /// <summary>Names joined in the order of their bytes.</summary>
    internal static string Join(IEnumerable<string> words) => string.Join(',', words.Order(StringComparer.Ordinal));

    private static StepResult WithData(IoError error, byte[] data) => new(error, null, Words.Escape(data));

    private static StepResult WithStatus(IoError error, FileStatus status) => new(error, error.IsNone ? status : null);

    private StepResult Tick()
    {
        Clock.Tick();
        return default;
    }

    private IoError Open(Step step)
    {
        IoError error = names.Open(step.Who, step.Path, step.Flags, step.Mode, out int handle);
        if (error.Failed)
            return error;
        if (step.Handle is null)
            return names.Close(handle);
        if (_handles.Remove(step.Handle, out int before))
            names.Close(before);
        _handles.Add(step.Handle, handle);
        return error;
    }

    private IoError Close(string name) => _handles.Remove(name, out int handle) ? names.Close(handle) : Errno.EBADF;

    private StepResult StatHandle(string name) => _handles.TryGetValue(name, out int handle)
        ? WithStatus(names.StatHandle(handle, out FileStatus status), status)
        : new(Errno.EBADF);

    private StepResult ReadDirectory(Step step)
    {
        IoError error = names.ReadDirectory(step.Who, step.Path, out IReadOnlyList<DirectoryEntry> entries);
        return new(error, null, Join(entries.Select(entry => $"{Words.Escape(entry.Name)}:{EpochClock.NameOf(entry.Type)}")));
    }

    private StepResult ListXattr(Step step)
    {
        IoError error = names.ListXattr(step.Who, step.Path, !step.NoFollow, out IReadOnlyList<byte[]> found);
        return new(error, null, Join(found.Select(name => Words.Escape(name))));
    }
}
