namespace Engine.Testing.Namespace;

/// <summary>What a rename makes of a new name that exists; values are those of renameat2(2).</summary>
public enum RenameMode
{
    /// <summary>The name is replaced.</summary>
    Replace = 0,

    /// <summary>RENAME_NOREPLACE: EEXIST.</summary>
    NoReplace = 1,

    /// <summary>RENAME_EXCHANGE: each name gets what the other has.</summary>
    Exchange = 2,
}
