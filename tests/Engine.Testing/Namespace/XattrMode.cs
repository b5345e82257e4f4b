namespace Engine.Testing.Namespace;

/// <summary>What setxattr(2) does about an attribute that is there or not there.</summary>
public enum XattrMode
{
    /// <summary>Creates or replaces.</summary>
    Any = 0,

    /// <summary>XATTR_CREATE: EEXIST when it is there.</summary>
    Create = 1,

    /// <summary>XATTR_REPLACE: ENODATA when it is not there.</summary>
    Replace = 2,
}
