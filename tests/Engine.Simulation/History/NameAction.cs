namespace Engine.Simulation;

/// <summary>What is done to a name in a directory.</summary>
public enum NameAction
{
    /// <summary>Looks the name up.</summary>
    Lookup,

    /// <summary>Binds the name to an inode, which fails with EEXIST where it is bound: create, mkdir, link, symlink.</summary>
    Bind,

    /// <summary>Takes the name away, which fails with ENOENT where it is not bound: unlink, rmdir.</summary>
    Unbind,

    /// <summary>Gives what the name is bound to another name, whatever that one was before, and takes the name away: both at
    /// once. Fails with ENOENT where the name is not bound.</summary>
    Rename,

    /// <summary>Binds the name to an inode whatever it was before: a rename seen from its target alone.</summary>
    Replace,

    /// <summary>Gives each of two names what the other is bound to: both at once. Fails with ENOENT where one is not
    /// bound.</summary>
    Exchange,

    /// <summary>Binds the name to an inode that nobody saw: an exchange seen from its first name alone. Fails where the name is
    /// not bound, and where another is not.</summary>
    Change,
}
