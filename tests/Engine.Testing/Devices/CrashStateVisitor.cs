namespace Engine.Testing.Devices;

/// <summary>Looks at one state in which a crash may leave a device; throws when the state is not acceptable.</summary>
public delegate void CrashStateVisitor(CrashState state);
