using Engine.Testing.Namespace;

namespace Engine.Metadata.Tests.Posix;

/// <summary>A namespace for the tests of a class, made when the first one asks.</summary>
public abstract class NamespaceFixture : IDisposable
{
    private StepExecutor? _executor;

    /// <summary>Why there is none here; null when there is.</summary>
    public virtual string? Unavailable => null;

    /// <summary>Runs scripts on it.</summary>
    public StepExecutor Executor => _executor ??= new StepExecutor(Create());

    /// <inheritdoc/>
    public void Dispose()
    {
        _executor?.Names.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes it.</summary>
    protected abstract INamespace Create();
}
