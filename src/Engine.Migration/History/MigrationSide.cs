namespace Engine.Migration;

/// <summary>Which end of a migration a rank is.</summary>
public enum MigrationSide
{
    /// <summary>It gives.</summary>
    Export,

    /// <summary>It gets.</summary>
    Import,
}
