namespace Engine.Simulation;

/// <summary>An object that holds one value, 0 at first: an attribute of an inode, a key.</summary>
public sealed class RegisterModel : ISequentialModel<long, RegisterOperation>
{
    /// <inheritdoc/>
    public long Initial => 0;

    /// <inheritdoc/>
    public bool TryApply(in long state, in RegisterOperation operation, bool isKnown, out long next)
    {
        next = operation.IsWrite ? operation.Value : state;
        return operation.IsWrite || !isKnown || operation.Value == state;
    }
}
