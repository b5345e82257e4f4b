namespace Engine.Simulation;

/// <summary>The attributes of one inode: mode, length and time of modification are one object, since a change sets several at
/// once.</summary>
public sealed class AttributesModel : ISequentialModel<AttributesState, AttributeOperation>
{
    /// <inheritdoc/>
    public AttributesState Initial => AttributesState.None;

    /// <inheritdoc/>
    public bool TryApply(
        in AttributesState state, in AttributeOperation operation, bool isKnown, out AttributesState next)
    {
        next = operation.Action switch
        {
            AttributeAction.Make => operation.Set,
            AttributeAction.Set => state.With(operation.Set),
            AttributeAction.Flush => state.Flushed(operation.Set),
            _ => state,
        };
        // What is made was not seen before.
        if (operation.Action == AttributeAction.Make && state != Initial)
            return false;
        // One without a response that would do nothing is not worth trying.
        return isKnown ? next.Allows(operation.Seen, out next) : next != state;
    }
}
