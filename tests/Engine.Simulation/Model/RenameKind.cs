namespace Engine.Simulation;

/// <summary>What a rename makes of a new name that exists.</summary>
public enum RenameKind
{
    /// <summary>It is replaced.</summary>
    Replace,

    /// <summary>The rename fails.</summary>
    NoReplace,

    /// <summary>Each of the two names gets what the other has.</summary>
    Exchange,
}
