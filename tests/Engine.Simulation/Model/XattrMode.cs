namespace Engine.Simulation;

/// <summary>What setting an extended attribute expects (setxattr(2)).</summary>
public enum XattrMode
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>That there is none of the name yet.</summary>
    Create,

    /// <summary>That there is one of the name.</summary>
    Replace,
}
