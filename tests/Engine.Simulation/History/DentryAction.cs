namespace Engine.Simulation;

/// <summary>What is done to a name in a directory.</summary>
public enum DentryAction
{
    /// <summary>Looks the name up.</summary>
    Lookup,

    /// <summary>Binds the name to an inode, which fails with EEXIST where it is bound: create, mkdir, link, symlink.</summary>
    Bind,

    /// <summary>Takes the name away, which fails with ENOENT where it is not bound: unlink, rmdir, a rename's source.</summary>
    Unbind,

    /// <summary>Binds the name to an inode whatever it was before: the target of a rename.</summary>
    Replace,
}
