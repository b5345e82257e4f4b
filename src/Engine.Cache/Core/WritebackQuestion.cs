namespace Engine.Cache;

/// <summary>What the owner of a set is asked about one of its objects; each is one of its own, whatever it says.</summary>
internal sealed class WritebackQuestion(int obj, WritebackError failure)
{
    public int Object => obj;

    public WritebackError Failure => failure;
}
