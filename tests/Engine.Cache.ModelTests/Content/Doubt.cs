namespace Engine.Cache.ModelTests.Content;

/// <summary>Something seen that is legal only if one of some mutations ends with a failure.</summary>
internal sealed class Doubt(string what)
{
    private int _open;
    private bool _legal;

    public void About(Mutation mutation)
    {
        _open++;
        mutation.Note(this);
    }

    /// <summary>One of the mutations ended.</summary>
    public void End(Mutation mutation, bool failed)
    {
        _open--;
        _legal |= failed;
        Invariant.That(_legal || _open > 0, $"version {mutation.Version} did not fail, nor did another, but: {what}");
    }
}
